package io.dirsync.engine.scan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IgnoreRulesTest {
  private static final int ROUNDS = 60;
  private static final int PATTERNS_A_ROUND = 4;

  /** Patterns, then paths that they ignore, then paths that they leave; directories end in "/". */
  static Stream<Arguments> cases() {
    return Stream.of(
        arguments(List.of(), List.of(), List.of("a", "a/", "a/b")),
        arguments(List.of("", "# comment", "   "), List.of(), List.of("# comment", "a")),
        arguments(List.of("*.tmp"), List.of("a.tmp", "d/.tmp", "d.tmp/x"), List.of("a.tmpx")),
        arguments(List.of("/top"), List.of("top", "top/x"), List.of("d/top")),
        arguments(List.of("a/b"), List.of("a/b", "a/b/c"), List.of("x/a/b", "b")),
        arguments(List.of("build/"), List.of("build/", "x/build/", "build/a"), List.of("build")),
        arguments(
            List.of("*", "!*/", "!*.txt"), List.of("a", "d/a"), List.of("a.txt", "d/", "d/b.txt")),
        arguments(List.of("d/", "!d/keep"), List.of("d/", "d/keep"), List.of("d")),
        arguments(List.of("d/*", "!d/keep"), List.of("d/x"), List.of("d/", "d/keep")),
        arguments(List.of("**/foo"), List.of("foo", "a/foo", "a/b/foo"), List.of("afoo")),
        arguments(List.of("foo/**"), List.of("foo/a", "foo/a/b"), List.of("foo/", "a/foo/b")),
        arguments(List.of("a/**/b"), List.of("a/b", "a/x/b", "a/x/y/b"), List.of("a/xb", "ab")),
        arguments(List.of("a/*/b"), List.of("a/x/b"), List.of("a/b", "a/x/y/b")),
        arguments(List.of("?.c"), List.of("x.c", "d/y.c"), List.of("xy.c", ".c")),
        arguments(List.of("[a-c]x"), List.of("ax", "cx"), List.of("dx", "x")),
        arguments(List.of("[!a-c]x", "[]]"), List.of("dx", "]"), List.of("ax")),
        arguments(List.of("[[:digit:]_]"), List.of("7", "_"), List.of("a", "d")),
        arguments(List.of("d[/]x"), List.of(), List.of("d/x")),
        arguments(List.of("\\!x", "\\#y", "z\\*"), List.of("!x", "#y", "z*"), List.of("x", "zz")),
        arguments(
            List.of("a ", "b\\ ", "c\\  "), List.of("a", "b ", "c "), List.of("a ", "b", "c  ")),
        arguments(List.of("crlf\r"), List.of("crlf"), List.of()),
        arguments(
            List.of("\u00e4*", "\u65e5"), List.of("\u00e4\u00f6", "d/\u65e5"), List.of("\u00f6")),
        arguments(List.of("a", "!a", "a"), List.of("a"), List.of("b")),
        arguments(List.of("/", "!"), List.of(), List.of("a", "a/")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void ignoresAsGitDoes(List<String> patterns, List<String> ignored, List<String> left) {
    IgnoreRules rules = IgnoreRules.of(patterns);
    assertThat(ignored).allMatch(path -> ignores(rules, path), "is ignored");
    assertThat(left).noneMatch(path -> ignores(rules, path));
  }

  private static boolean ignores(IgnoreRules rules, String path) {
    boolean directory = path.endsWith("/");
    String plain = directory ? path.substring(0, path.length() - 1) : path;
    return rules.ignores(RelativePath.of(plain), directory);
  }

  @Test
  void theRootIsNeverIgnored() {
    assertThat(IgnoreRules.of(List.of("*", "**", "/")).ignores(RelativePath.ROOT, true)).isFalse();
  }

  @Test
  void namesNeedNotBeText() {
    byte[] eucJp = {'x', (byte) 0xc6, (byte) 0xfc};
    RelativePath path = RelativePath.of(eucJp);
    assertThat(IgnoreRules.of(List.of("x*")).ignores(path, false)).isTrue();
    assertThat(IgnoreRules.of(List.of("x??")).ignores(path, false)).isTrue();
    assertThat(IgnoreRules.of(List.of("x?")).ignores(path, false)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a[b", "[", "[]", "[!]", "[a-", "[[:digit:]", "[[:nope:]]", "a\\", "a\nb", "\0"})
  void refusesPatternsThatCannotBeMeant(String pattern) {
    assertThatThrownBy(() -> IgnoreRules.of(List.of("fine", pattern)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(pattern);
  }

  @Test
  void manyStarsTakeNoTime() {
    IgnoreRules rules =
        IgnoreRules.of(List.of("a*".repeat(40) + "b", "**/a*a*a*/".repeat(20) + "b"));
    RelativePath path = RelativePath.of(("a".repeat(99) + "/").repeat(30) + "c");
    assertThat(rules.ignores(path, false)).isFalse();
  }

  /** The law behind the table: git itself, asked about a tree on disk, says the same. */
  @Test
  void agreesWithGitOnGeneratedPatterns(@TempDir Path directory)
      throws IOException, InterruptedException {
    Map<String, Boolean> tree = tree();
    makeTree(directory, tree);
    run(directory, new byte[0], "git", "init", "-q", ".");
    run(directory, new byte[0], "git", "config", "core.ignoreCase", "false");
    Random random = new Random(20_260_101);
    int ignored = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<String> patterns = new ArrayList<>();
      while (patterns.size() < PATTERNS_A_ROUND) {
        patterns.add(pattern(random, tree));
      }
      Set<String> byGit = ignoredByGit(directory, patterns, tree.keySet());
      IgnoreRules rules =
          IgnoreRules.of(patterns.stream().filter(IgnoreRulesTest::isFine).toList());
      Set<String> byUs = new HashSet<>();
      tree.forEach(
          (path, isDirectory) -> {
            if (rules.ignores(RelativePath.of(path.getBytes(ISO_8859_1)), isDirectory)) {
              byUs.add(path);
            }
          });
      assertThat(byUs).as("ignored by %s", patterns).isEqualTo(byGit);
      ignored += byGit.size();
    }
    assertThat(ignored).isGreaterThan(ROUNDS * 10);
  }

  /** A pattern that we refuse matches nothing in git. */
  private static boolean isFine(String pattern) {
    try {
      IgnoreRules.of(List.of(pattern));
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  /** Paths, a char a byte, and whether each is a directory. */
  private static Map<String, Boolean> tree() {
    List<String> names =
        Stream.of(
                "a", "b", "ab", "ba", "abc", "a.c", "b.tmp", ".x", "A", "1", "-", "]", "[a]", "!a",
                "#a", "a ", " ", "*", "a*", "?", "a\\b", "^", "x", "\u00e4", "\u00e4b", "\u65e5",
                "\u0001")
            .map(name -> new String(name.getBytes(UTF_8), ISO_8859_1))
            .toList();
    Map<String, Boolean> tree = new LinkedHashMap<>();
    names.forEach(name -> tree.put(name, false));
    tree.put("\u00c6\u00fc", false);
    for (String parent : List.of("d", "a b", "foo", "d/e", "foo/a.d", "d/e/f", "d/e/f/d")) {
      tree.put(parent, true);
      names.forEach(name -> tree.put(parent + "/" + name, false));
    }
    for (String parent : List.of("d/bar", "bar", "foo/bar", "d/foo", "d/e/foo")) {
      tree.put(parent, true);
      tree.put(parent + "/x", false);
      tree.put(parent + "/a", true);
    }
    return tree;
  }

  private static void makeTree(Path directory, Map<String, Boolean> tree)
      throws IOException, InterruptedException {
    // By xargs, since java.nio cannot make every name in every locale.
    List<String> directories = new ArrayList<>();
    List<String> files = new ArrayList<>();
    tree.forEach((path, isDirectory) -> (isDirectory ? directories : files).add(path));
    run(directory, nulEnded(directories), "xargs", "-0", "mkdir", "-p", "--");
    run(directory, nulEnded(files), "xargs", "-0", "touch", "--");
  }

  private static String pattern(Random random, Map<String, Boolean> tree) {
    if (random.nextInt(3) == 0) {
      // A path of the tree, with a piece or two replaced: so that something matches.
      List<String> paths = List.copyOf(tree.keySet());
      String path = paths.get(random.nextInt(paths.size()));
      String text = new String(path.getBytes(ISO_8859_1), UTF_8).replace("\ufffd", "?");
      int at = random.nextInt(text.length());
      return decorated(random, text.substring(0, at) + piece(random) + text.substring(at + 1));
    }
    StringBuilder pattern = new StringBuilder();
    int pieces = 1 + random.nextInt(5);
    for (int i = 0; i < pieces; i++) {
      pattern.append(piece(random));
    }
    return decorated(random, pattern.toString());
  }

  private static String decorated(Random random, String pattern) {
    return (random.nextInt(4) == 0 ? "!" : "")
        + (random.nextInt(5) == 0 ? "/" : "")
        + pattern
        + (random.nextInt(4) == 0 ? "/" : "")
        + (random.nextInt(8) == 0 ? "  " : "");
  }

  private static String piece(Random random) {
    String[] pieces = {
      "a",
      "b",
      "d",
      "e",
      "f",
      "x",
      ".",
      "foo",
      "bar",
      "/",
      "/",
      "*",
      "*",
      "**",
      "**/",
      "/**",
      "/**/",
      "***",
      "?",
      "[a-c]",
      "[!a]",
      "[^ab]",
      "[]a]",
      "[[:alpha:]]",
      "[[:punct:]x]",
      "[a\\]]",
      "[\\!-*]",
      "[a-",
      "[c-a]",
      "[-a]",
      "[a-]",
      "[[:al]",
      "[/a]",
      "\\a",
      "\\*",
      "\\ ",
      "\\!",
      "\\#",
      "\\\\",
      " ",
      "#",
      "!",
      "\u00e4",
      "\u65e5",
      "[\u00e4]",
      "\\/",
      "-",
      "\\"
    };
    return pieces[random.nextInt(pieces.length)];
  }

  private static Set<String> ignoredByGit(Path directory, List<String> patterns, Set<String> paths)
      throws IOException, InterruptedException {
    Files.writeString(directory.resolve(".gitignore"), String.join("\n", patterns) + "\n", UTF_8);
    String output =
        run(
            directory,
            nulEnded(List.copyOf(paths)),
            "git",
            "check-ignore",
            "--no-index",
            "-v",
            "-n",
            "-z",
            "--stdin");
    // For each path: file, line, pattern, path; the first three are empty if nothing matches.
    String[] fields = output.split("\0", -1);
    assertThat(fields).hasSize(paths.size() * 4 + 1);
    Set<String> ignored = new HashSet<>();
    for (int i = 0; i + 3 < fields.length; i += 4) {
      if (!fields[i + 2].isEmpty() && !fields[i + 2].startsWith("!")) {
        ignored.add(fields[i + 3]);
      }
    }
    return ignored;
  }

  private static byte[] nulEnded(List<String> paths) {
    return (String.join("\0", paths) + "\0").getBytes(ISO_8859_1);
  }

  /** Runs a program; returns its output, a char a byte. */
  private static String run(Path directory, byte[] input, String... command)
      throws IOException, InterruptedException {
    Path inputFile = directory.resolve(".input");
    Files.write(inputFile, input);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(inputFile.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
    Process process = builder.start();
    byte[] output = process.getInputStream().readAllBytes();
    // git check-ignore ends with 1 when nothing is ignored
    assertThat(process.waitFor()).isIn(0, 1);
    return new String(output, ISO_8859_1);
  }
}
