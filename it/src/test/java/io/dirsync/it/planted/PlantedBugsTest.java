package io.dirsync.it.planted;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each bug of {@code bugs.txt} is caught by the layer that it names, and by the bug alone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PlantedBugsTest {
  private static final int BUGS_MIN = 50;
  private static final int FAULT_SHOWN_MAX = 120;

  /** Far more than any layer takes: what runs on has not noticed the bug. */
  private static final long SECONDS_MAX = 120;

  private static final List<String> MODULES_WITH_TESTS =
      List.of("conflict", "watcher", "sync-engine");

  private final Path sources =
      Path.of(Objects.requireNonNull(System.getProperty("dirsync.sources"))).normalize();
  private final Compiler compiler = new Compiler();
  private final Map<String, Layer.Verdict> unpatched = new HashMap<>();
  private final List<String> table = new ArrayList<>();

  static List<PlantedBug> bugs() throws IOException {
    try (var list = Objects.requireNonNull(PlantedBugsTest.class.getResourceAsStream("bugs.txt"))) {
      return PlantedBug.parse(new String(list.readAllBytes(), UTF_8).lines().toList());
    }
  }

  @Test
  void thereAreEnoughBugsAndEachHasItsName() throws IOException {
    assertThat(bugs()).hasSizeGreaterThanOrEqualTo(BUGS_MIN);
    assertThat(new TreeSet<>(bugs().stream().map(PlantedBug::name).toList())).hasSameSizeAs(bugs());
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void theLayerFailsWithTheBugAndPassesWithout(PlantedBug bug) throws Exception {
    Layer.Verdict without = unpatched.get(bug.layer());
    if (without == null) {
      without = run(bug.layer(), Map.of());
      unpatched.put(bug.layer(), without);
    }
    assertThat(without.fault()).as("%s, nothing planted", bug.layer()).isEmpty();

    String source = Files.readString(sources.resolve(bug.file()));
    Layer.Verdict with = run(bug.layer(), compiler.compile(bug.file(), bug.plant(source)));
    table.add(
        String.format(
            "%-60s %-22s %s",
            bug.name(),
            bug.layer(),
            with.passed() ? "NOT CAUGHT" : "after " + with.runs() + ": " + brief(with.fault())));
    assertThat(with.passed()).as("caught by the %s", bug.layer()).isFalse();
  }

  /**
   * Runs a layer in a thread of its own, which dies with this process if the layer does not end.
   *
   * @throws TimeoutException if it takes longer than {@link #SECONDS_MAX}
   */
  private Layer.Verdict run(String layer, Map<String, byte[]> patched) throws Exception {
    try (PatchedClasses classes = new PatchedClasses(patched, tests())) {
      FutureTask<Layer.Verdict> task = new FutureTask<>(() -> Layers.load(layer, classes).run());
      Thread thread = new Thread(task, "layer " + layer);
      thread.setDaemon(true);
      thread.setContextClassLoader(classes);
      thread.start();
      return task.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the layer " + layer + " did not run", e.getCause());
    } catch (TimeoutException e) {
      table.add(layer + " does not end");
      throw e;
    }
  }

  private static String brief(String fault) {
    String line = fault.strip().lines().findFirst().orElse("");
    return line.length() > FAULT_SHOWN_MAX ? line.substring(0, FAULT_SHOWN_MAX) : line;
  }

  private List<URL> tests() throws MalformedURLException {
    List<URL> tests = new ArrayList<>();
    for (String module : MODULES_WITH_TESTS) {
      tests.add(sources.resolve(module).resolve("target/test-classes/").toUri().toURL());
    }
    return tests;
  }

  @AfterAll
  void tellWhoCaughtWhat() throws IOException {
    compiler.close();
    System.out.printf("%d planted bugs%n", table.size());
    table.forEach(System.out::println);
  }
}
