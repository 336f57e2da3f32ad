package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.it.Program.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dirsync sync A B}, as a person runs it. */
final class OneShotSyncIT {
  /** Names in EUC-JP and Shift_JIS, bytes that are no text at all, and every kind of entry. */
  private static final String TREE =
      """
      mkdir -p empty-dir deep/a/b/c 'with space' $'\\xff\\xfe' $'\\xa5\\xc6\\xa5\\xb9\\xa5\\xc8'
      : > empty-file
      printf hello > deep/a/b/c/hello
      printf euc > $'\\xc6\\xfc\\xcb\\xdc\\xb8\\xec'
      printf sjis > $'\\x93\\xfa\\x96\\x7b\\x8c\\xea.txt'
      printf raw > $'\\xff\\xfe'/$'\\xfe\\xff'
      printf utf8 > $'\\xe6\\x97\\xa5\\xe6\\x9c\\xac'
      printf odd > $'line\\nbreak and \\\\ and "' ; printf dash > ./-rf ; printf dots > ...
      printf inside > $'\\xa5\\xc6\\xa5\\xb9\\xa5\\xc8'/inside
      ln -s deep/a/b/c/hello link ; ln -s nowhere dangling ; ln -s /etc absolute ; ln -s . self
      ln -s $'t\\xa4\\xa2' $'l\\xff'
      printf secret > secret ; chmod 600 secret
      printf run > run ; chmod 751 run
      printf locked > locked ; chmod 400 locked
      mkdir private ; printf in > private/in ; chmod 700 private
      mkdir shut ; printf in > shut/in ; chmod 555 shut
      touch -d '2001-02-03 04:05:06.123456789' secret
      touch -d '1969-12-31 23:59:58.500000001' run
      touch -h -d '2002-03-04 05:06:07.987654321' link
      touch -d '2100-01-01 00:00:00.000000001' locked
      truncate -s 64M sparse ; printf x | dd of=sparse bs=1 seek=40M conv=notrunc status=none
      truncate -s 1M hole
      head -c 700000 /dev/urandom > middling ; head -c 5000000 /dev/urandom > big
      """;

  /** What happens in A between two runs; times are given, so that a copy can be treated alike. */
  private static final String EDITS_IN_A =
      """
      printf 'hello again' > deep/a/b/c/hello ; touch -d '2020-01-01 00:00:00.000000001' deep/a/b/c/hello
      rm empty-file ; rm -r 'with space'
      mv $'\\xc6\\xfc\\xcb\\xdc\\xb8\\xec' $'\\xcb\\xdc'
      mv big moved-big
      rm link ; mkdir link ; printf n > link/new ; touch -d '2020-01-01 00:00:00.000000002' link/new
      rm -r $'\\xff\\xfe' ; printf f > $'\\xff\\xfe' ; touch -d '2020-01-01 00:00:00.000000003' $'\\xff\\xfe'
      """;

  /** What happens in B meanwhile. */
  private static final String EDITS_IN_B =
      """
      printf changed > secret ; touch -d '2020-01-01 00:00:00.000000004' secret
      chmod 640 run
      rm dangling ; ln -s elsewhere dangling ; touch -h -d '2020-01-01 00:00:00.000000005' dangling
      mv private public
      rm middling ; mkdir middling
      rmdir empty-dir ; printf e > empty-dir ; touch -d '2020-01-01 00:00:00.000000006' empty-dir
      mkdir -p made/in/b ; : > made/in/b/file ; touch -d '2020-01-01 00:00:00.000000007' made/in/b/file
      """;

  @RegisterExtension final TestCluster cluster = new TestCluster();

  private Ended sync(String locale, Path a, Path b, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("sync", a.toString(), b.toString()));
    arguments.addAll(List.of("--state", cluster.directory().resolve("state").toString()));
    arguments.addAll(List.of(options));
    String[] all = arguments.toArray(String[]::new);
    Map<String, String> environment = new HashMap<>(Distribution.environment(all));
    environment.put("LC_ALL", locale);
    return Program.run(cluster.directory(), environment, Distribution.command(all)).succeeded();
  }

  private static void assertEqual(Path a, Path b) throws Exception {
    assertThat(TreeSnapshot.of(a).differences(TreeSnapshot.of(b))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"C.UTF-8", "C"})
  void everyKindOfEntryArrivesAndASecondRunHasNothingToDo(String locale) throws Exception {
    Path a = cluster.directory("a");
    Path b = cluster.directory("b");
    Program.script(a, TREE);
    TreeSnapshot before = TreeSnapshot.of(a);

    sync(locale, a, b);
    assertThat(before.differences(TreeSnapshot.of(a))).as("the source is as it was").isEmpty();
    assertEqual(a, b);
    assertThat(blocksOf512(b, "sparse")).as("holes stay holes").isLessThan(2048);
    assertThat(blocksOf512(b, "hole")).isLessThan(64);

    assertThat(sync(locale, a, b).out()).startsWith("nothing to do");
  }

  private static long blocksOf512(Path root, String file) throws Exception {
    return Long.parseLong(Program.script(root, "stat -c %b " + file).out().trim());
  }

  @ParameterizedTest
  @ValueSource(strings = {"C.UTF-8", "C"})
  void editsDeletionsRenamesAndReplacedKindsOnBothSidesAllArrive(String locale) throws Exception {
    Path a = cluster.directory("a");
    Path b = cluster.directory("b");
    Path expected = cluster.directory().resolve("expected");
    Program.script(a, TREE);
    sync(locale, a, b);
    Program.script(cluster.directory(), "cp -a b expected ; rm -r expected/.dirsync");
    for (Path changed : List.of(a, expected)) {
      Program.script(changed, EDITS_IN_A);
    }
    for (Path changed : List.of(b, expected)) {
      Program.script(changed, EDITS_IN_B);
    }

    sync(locale, a, b);
    assertEqual(expected, a);
    assertEqual(expected, b);

    assertThat(sync(locale, a, b).out()).startsWith("nothing to do");
  }

  @Test
  void aDryRunSaysWhatItWouldDoAndChangesNothing() throws Exception {
    Path a = cluster.directory("a");
    Path b = cluster.directory("b");
    Program.script(a, TREE);
    Program.script(b, "printf only > only-in-b");
    TreeSnapshot wholeA = TreeSnapshot.whole(a);
    TreeSnapshot wholeB = TreeSnapshot.whole(b);

    assertThat(sync("C.UTF-8", a, b, "--dry-run").out())
        .contains("in A: ")
        .contains("only-in-b")
        .contains("in B: ")
        .contains("deep/a/b/c/hello")
        .contains("nothing was done");
    assertThat(wholeA.differences(TreeSnapshot.whole(a))).isEmpty();
    assertThat(wholeB.differences(TreeSnapshot.whole(b))).isEmpty();

    sync("C.UTF-8", a, b);
    Program.script(a, "rm -r deep");
    TreeSnapshot synced = TreeSnapshot.whole(b);
    assertThat(sync("C.UTF-8", a, b, "--dry-run").out()).contains("deep");
    assertThat(synced.differences(TreeSnapshot.whole(b))).isEmpty();
  }

  @Test
  void aDryRunTellsOfWhatWasRenamedAsTheRunDoesIt() throws Exception {
    Path a = cluster.directory("a");
    Path b = cluster.directory("b");
    Program.script(
        a,
        "mkdir -p d/sub/empty e f ; for i in 1 2 3 ; do echo d$i > d/$i ; echo s$i > d/sub/$i ;"
            + " echo e$i > e/$i ; echo f$i > f/$i ; done ; ln -s 1 d/link ; touch d/nothing");
    sync("C.UTF-8", a, b);
    Program.script(
        a, "mv d 'd 2' ; mv e/1 e/one ; mkdir g ; mv e/2 g ; mv f f2 ; echo more >> f2/3");
    assertThat(sync("C.UTF-8", a, b, "--dry-run").out().lines())
        .containsExactly(
            "in B: move d -> d 2",
            "in B: move e/1 -> e/one",
            "in B: remove f",
            "in B: remove f/3",
            "in B: directory f2",
            "in B: move f/1 -> f2/1",
            "in B: move f/2 -> f2/2",
            "in B: write f2/3",
            "in B: directory g",
            "in B: move e/2 -> g/2",
            "10 changes would be made; nothing was done");
    sync("C.UTF-8", a, b);
    assertEqual(a, b);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--dry-run", "--watch"})
  void whatKeepsADirectoryFromBeingSyncedIsSaidOnce(String option) throws Exception {
    Path a = cluster.directory("a");
    Path b = cluster.directory("b");
    Program.script(a, "printf text > file");
    sync("C.UTF-8", a, b);
    Program.script(b, "rm -r .dirsync file");

    List<String> words = new ArrayList<>(List.of("sync", a.toString(), b.toString(), "--state"));
    words.add(cluster.directory().resolve("state").toString());
    words.addAll(option.isEmpty() ? List.of() : List.of(option));
    String[] command = words.toArray(String[]::new);
    Ended ended =
        Program.run(
            cluster.directory(), Distribution.environment(command), Distribution.command(command));
    assertThat(ended.ended(1).error().lines())
        .singleElement()
        .asString()
        .startsWith("error: B (" + b + "): its root is empty or not the one");
    assertThat(a.resolve("file")).hasContent("text");
  }

  @Test
  void twoFilledTreesAreJoinedWithoutDeletingAnything() throws Exception {
    Path a = cluster.directory("a");
    Path b = cluster.directory("b");
    Program.script(a, "printf same > same ; printf a > only-a ; printf older > differs");
    Program.script(b, "printf same > same ; printf b > only-b ; printf newer > differs");
    Program.script(a, "touch -d '2020-01-01' differs");

    sync("C.UTF-8", a, b);
    assertEqual(a, b);
    assertThat(TreeSnapshot.of(a).files()).containsExactly("differs", "only-a", "only-b", "same");
    String copies =
        Program.script(a, "find .dirsync/conflicts -type f -exec cat {} +").out()
            + Files.readString(a.resolve("differs"));
    assertThat(copies).contains("older").contains("newer");
  }
}
