package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The build finds its JDK whatever Maven runs on, or says what is missing. */
final class BuildIT {
  private static final Path SOURCES = Distribution.packaging().getParent();
  private static final Path THIS = Path.of(System.getProperty("java.home"));
  private static final Pattern NEW_ENOUGH =
      Pattern.compile("JAVA_VERSION=\"(1[7-9]|[2-9][0-9])\\b");

  /** The machine's JDKs on which Maven may run, this one at least. */
  static Stream<Path> jdks() throws Exception {
    Set<Path> found = new TreeSet<>();
    found.add(THIS.toRealPath());
    Path machine = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(machine)) {
      try (var below = Files.newDirectoryStream(machine)) {
        for (Path jdk : below) {
          if (Files.isExecutable(jdk.resolve("bin/javac")) && isNewEnough(jdk)) {
            found.add(jdk.toRealPath());
          }
        }
      }
    }
    return found.stream();
  }

  private static boolean isNewEnough(Path jdk) throws IOException {
    Path release = jdk.resolve("release");
    return Files.exists(release) && NEW_ENOUGH.matcher(Files.readString(release)).find();
  }

  private static Program.Ended maven(Path jdk, String... more) throws Exception {
    // The format check needs what only Maven on the JDK of the code has fetched.
    List<String> command = new ArrayList<>(List.of("mvn", "-B", "-o", "-N", "-P", "!format"));
    Optional.ofNullable(System.getProperty("maven.repo.local"))
        .ifPresent(repository -> command.add("-Dmaven.repo.local=" + repository));
    command.addAll(List.of(more));
    command.add("validate");
    return Program.run(SOURCES, Map.of("JAVA_HOME", jdk.toString()), command);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void mavenFindsTheJdkOfTheCodeOnWhateverItRuns(Path jdk) throws Exception {
    assertThat(maven(jdk).succeeded().out())
        .containsPattern("Selected JDK toolchain|matches the requirements");
  }

  @Test
  void withoutTheJdkOfTheCodeItSaysWhatToInstall() throws Exception {
    Program.Ended ended = maven(THIS, "-Ddirsync.jdk=[99,100)").ended(1);
    assertThat(ended.out().lines().filter(line -> line.startsWith("[ERROR]")))
        .anyMatch(line -> line.contains("(dirsync needs a JDK 25: install one below /usr/lib/jvm"));
  }
}
