package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class StatusScreenTest {
  private static final long NOW = 1_800_000_000_000L;

  private static String screen(String summary, String... folders) {
    JsonObject status =
        JsonParser.parseString(
                "{\"summary\":\"" + summary + "\",\"folders\":[" + String.join(",", folders) + "]}")
            .getAsJsonObject();
    return StatusScreen.of(status, NOW);
  }

  private static String folder(
      String name, String state, int conflicts, String problems, String... peers) {
    return """
        {"name":"%s","state":"%s","files":412118,"bytes":41016938496,"conflicts":%d,
         "skipped":0,"lastChange":%d,"problems":[%s],"peers":[%s]}"""
        .formatted(name, state, conflicts, NOW - 4000, problems, String.join(",", peers));
  }

  private static String peer(String name, int files, long bytes) {
    return """
        {"name":"%s","connected":true,"behindFiles":%d,"behindCounts":"files","behindBytes":%d,"lagSeconds":0.3,
         "sentBytes":22020096,"receivedBytes":0,"trouble":null,"since":%d}"""
        .formatted(name, files, bytes, NOW - 12 * 86_400_000L);
  }

  private static String away(String name, int files, String trouble) {
    return """
        {"name":"%s","connected":false,"behindFiles":%d,"behindCounts":"files","behindBytes":5,"lagSeconds":9.0,
         "sentBytes":0,"receivedBytes":0,"trouble":"%s","since":%d}"""
        .formatted(name, files, trouble, NOW - 360_000);
  }

  @Test
  void allWellIsOneLine() {
    assertThat(screen("All is well.", folder("www", "in sync", 0, "", peer("w2", 0, 0))))
        .isEqualTo("All is well.");
  }

  @Test
  void whatStandsThereAndIsNotCarriedIsSaidThoughAllIsWell() {
    String folder = folder("www", "in sync", 0, "", peer("w2", 0, 0));
    assertThat(screen("All is well.", folder.replace("\"skipped\":0", "\"skipped\":1")))
        .isEqualTo("All is well.\nwww: 1 socket, fifo or device is not carried");
    assertThat(screen("All is well.", folder.replace("\"skipped\":0", "\"skipped\":1200")))
        .endsWith("\nwww: 1,200 sockets, fifos or devices are not carried");
    assertThat(
            screen(
                "Folder a is halted.",
                folder("a", "halted", 0, "").replace("\"skipped\":0", "\"skipped\":2")))
        .endsWith("\n\na: 2 sockets, fifos or devices are not carried");
  }

  @Test
  void aProblemThatTheSummarySaysIsNotSaidAgain() {
    String one = "\"2 paths differ here\"";
    assertThat(
            screen(
                "Folder www: 2 paths differ here.",
                folder("www", "in sync", 0, one, peer("w2", 0, 0))))
        .containsOnlyOnce("2 paths differ here");
    assertThat(
            screen(
                "Folder www: 2 paths differ here (and 1 more).",
                folder("www", "in sync", 0, one + ",\"cannot read x: denied\"", peer("w2", 0, 0))))
        .containsOnlyOnce("2 paths differ here")
        .endsWith("\n\nwww: cannot read x: denied");
    assertThat(
            screen(
                "Folder www: 2 paths differ here.",
                folder("www", "in sync", 0, one, peer("w2", 0, 0)),
                folder("etc", "in sync", 0, one, peer("w2", 0, 0))))
        .endsWith("\n\netc: 2 paths differ here");
  }

  @Test
  void whatIsBehindIsCalledChangesWhereChangesAreCounted() {
    String peer = peer("w2", 152_000, 1 << 20);
    assertThat(screen("On its way.", folder("www", "sending", 0, "", peer)))
        .contains("  152,000 files, 1.0 MiB  ");
    assertThat(
            screen(
                "On its way.",
                folder("www", "sending", 0, "", peer.replace("\"files\"", "\"changes\""))))
        .contains("  152,000 changes, 1.0 MiB  ");
  }

  @Test
  void ofAHaltedFolderNoFilesAreCountedSinceNothingIsKnownOfThem() {
    String halted = folder("www", "halted", 0, "", peer("w2", 0, 0));
    assertThat(
            screen(
                "Folder www is halted.", halted.replace("412118", "0").replace("41016938496", "0")))
        .containsPattern("www +! halted +w2 +- +- +- +4 s ago");
  }

  @Test
  void whatIsUnderWayAndWhatNeedsPeopleStandsInATableWithTheNextCommand() {
    assertThat(
            screen(
                "1 conflict needs you.",
                folder("www", "in sync", 0, "", peer("web2", 0, 0), peer("web3", 0, 0)),
                folder("uploads", "sending", 0, "", peer("web2", 1204, 2040109466L)),
                folder("nginx", "in sync", 1, "", peer("web2", 0, 0))))
        .isEqualTo(
            """
            1 conflict needs you.

            FOLDER   STATE         PEER  BEHIND                FILES    SIZE      LAST CHANGE
            www      ✓ in sync     web2  -                     412,118  38.2 GiB  4 s ago
                                   web3  -
            uploads  ↻ sending     web2  1,204 files, 1.9 GiB  412,118  38.2 GiB  4 s ago
            nginx    ! 1 conflict  web2  -                     412,118  38.2 GiB  4 s ago

            web2  connected for 12 d, lag 0.3 s, sent 21.0 MiB, received 0 B
            web3  connected for 12 d, lag 0.3 s, sent 21.0 MiB, received 0 B

            → dirsync conflicts""");
  }

  @Test
  void aPeerThatIsAwayIsNotCalledInSync() {
    assertThat(
            screen("Peer w2 is away.", folder("www", "in sync", 0, "", away("w2", 1, "refused"))))
        .isEqualTo(
            """
            Peer w2 is away.

            FOLDER  STATE        PEER  BEHIND       FILES    SIZE      LAST CHANGE
            www     ! peer away  w2    1 file, 5 B  412,118  38.2 GiB  4 s ago

            w2  not connected for 6 min: refused

            → on w2: dirsync status""");
  }

  @Test
  void aPeerThatIsConnectedAndTakesNoPartInAFolderIsSaidToBeConnectedAndWhy() {
    String apart =
        peer("w2", 0, 0)
            .replace(
                "\"trouble\":null",
                "\"trouble\":\"folder b does not run there, or is not shared with this node\"");
    assertThat(
            screen(
                "Peer w2 is connected, but.",
                folder("a", "in sync", 0, "", peer("w2", 0, 0)),
                folder("b", "in sync", 0, "", apart)))
        .isEqualTo(
            """
            Peer w2 is connected, but.

            FOLDER  STATE            PEER  BEHIND  FILES    SIZE      LAST CHANGE
            a       ✓ in sync        w2    -       412,118  38.2 GiB  4 s ago
            b       ! not on a peer  w2    -       412,118  38.2 GiB  4 s ago

            w2  connected for 12 d, lag 0.3 s, sent 21.0 MiB, received 0 B: folder b does not run there, or is not shared with this node

            → on w2: dirsync status""");
  }

  @Test
  void haltedFoldersAndProblemsAreMarked() {
    assertThat(
            screen(
                "Folder a is halted.",
                folder("a", "halted", 0, ""),
                folder("b", "in sync", 0, "\"x: permission denied\",\"y: is a name too long\"")))
        .isEqualTo(
            """
            Folder a is halted.

            FOLDER  STATE         PEER  BEHIND  FILES    SIZE      LAST CHANGE
            a       ! halted      -     -       -        -         4 s ago
            b       ! 2 problems  -     -       412,118  38.2 GiB  4 s ago

            b: x: permission denied
            b: y: is a name too long""");
  }

  @Test
  void aFolderThatHoldsDeletionsSaysHowTheyAreApprovedOf() {
    assertThat(screen("Folder a is held: why.", folder("a", "held", 0, "")))
        .isEqualTo(
            """
            Folder a is held: why.

            FOLDER  STATE   PEER  BEHIND  FILES    SIZE      LAST CHANGE
            a       ! held  -     -       412,118  38.2 GiB  4 s ago

            → dirsync approve a""");
  }

  @Test
  void nothingInItActsOnATerminalAndWideNamesKeepTheColumns() {
    String shown =
        screen(
            "\\u001b[2Jgone",
            folder("a", "in sync", 0, "\"\\u001b[31m\\u202e\"", away("鯖", 0, "\\u0007bell")),
            folder("b", "in sync", 0, "", peer("w2", 0, 0)));
    assertThat(shown).doesNotContain("\u001b", "\u202e", "\u0007");
    assertThat(shown)
        .startsWith("\\x1b[2Jgone\n")
        .contains("a: \\x1b[31m\\xe2\\x80\\xae")
        .contains("\\x07bell")
        .contains("  鯖    -  ")
        .contains("  w2    -  ");
  }
}
