package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.dirsync.engine.FolderMode;
import io.dirsync.engine.MaxDelete;
import io.dirsync.engine.scan.PolicyRules;
import io.dirsync.model.RelativePath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigReaderTest {
  private static final String ID = "DS1-" + "A".repeat(52);
  private static final String OTHER_ID = "DS1-B" + "A".repeat(51);
  private static final String NODE = "[node]\nname = \"w1\"\ndata_dir = \"@/data\"\n";
  private static final String PEER = "[[peer]]\nname = \"w2\"\nid = \"" + ID + "\"\n";
  private static final String FOLDER = "[[folder]]\nid = \"www\"\npath = \"@/www\"\n";

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Path file = Path.of("");

  @BeforeEach
  void makeWhatTheTableNames() throws Exception {
    file = directory.resolve("dirsync.toml");
    Files.createDirectories(directory.resolve("www/inner"));
    Files.createDirectories(directory.resolve("data/inner"));
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("www/inner"));
    Files.writeString(directory.resolve("file"), "");
  }

  private Configuration read(String text) throws Exception {
    Files.writeString(file, text.replace("@", directory.toString()));
    return ConfigReader.read(file, new Places(Map.of("HOME", directory.toString()), false));
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        argumentSet("no TOML", "[node\n", "1:6", "this is no TOML"),
        argumentSet("a key twice", NODE + "name = \"x\"\n", "4:1", "previously defined"),
        argumentSet("an unknown table", NODE + "[peers]\n", "4:1", "did you mean 'peer'?"),
        argumentSet("an unknown key", NODE + "lisen = \"\"\n", "4:1", "did you mean 'listen'?"),
        argumentSet("no key near", NODE + "colour = 1\n", "4:1", "unknown key 'colour' in [node]"),
        argumentSet("an escape in a key", NODE + "\"a\\u001b\" = 1\n", "4:1", "key 'a\\x1b'"),
        argumentSet("a table of later", NODE + "[alerts]\non = []\n", "4:1", "'alerts' is"),
        argumentSet("no rate", "[limits]\nupload = \"50\"\n", "2:1", "a rate with its unit"),
        argumentSet("a bit rate", "[limits]\ndownload = \"5Mb/s\"\n", "2:1", "a rate with"),
        argumentSet("a peer's rate", PEER + "upload = \"x\"\n", "4:1", "a rate with its unit"),
        argumentSet(
            "no cron",
            "[limits]\nschedule = [{ cron = \"8 o'clock\" }]\n",
            "2:15",
            "'cron' is minute"),
        argumentSet(
            "no cron at all",
            "[limits]\nschedule = [{ upload = \"0\" }]\n",
            "2:15",
            "has no 'cron'"),
        argumentSet("a limit of later", "[limits]\ndisk_free = \"5%\"\n", "2:1", "'disk_free'"),
        argumentSet("a key of later", NODE + "metrics = \"\"\n", "4:1", "not in this version"),
        argumentSet(
            "a folder's key of later", FOLDER + "after = \"x\"\n", "4:1", "'after' in [folder]"),
        argumentSet(
            "an unknown mode",
            FOLDER + "mode = \"recieve-only\"\n",
            "4:1",
            "did you mean 'receive-only'?; there are: two-way, send-only, receive-only"),
        argumentSet("a flag for a mode", "[defaults]\nmode = true\n", "2:1", "a text in quotes"),
        argumentSet("a default of later", "[defaults]\nxattrs = false\n", "2:1", "'xattrs'"),
        argumentSet("a number for a name", "[node]\nname = 5\n", "2:1", "a text in quotes"),
        argumentSet("an empty name", "[node]\nname = \"\"\n", "2:1", "1 to 64 characters"),
        argumentSet("an escape in a name", "[node]\nname = \"\\u001b[1m\"\n", "2:1", "'\\x1b[1m'"),
        argumentSet("a hidden character", "[node]\nname = \"a\\u202eb\"\n", "2:1", "invisible"),
        argumentSet("a relative path", "[node]\ndata_dir = \"x\"\n", "2:1", "no absolute path"),
        argumentSet("a NUL", "[node]\ndata_dir = \"/a\\u0000b\"\n", "2:1", "has a NUL in it"),
        argumentSet("a bare port", NODE + "listen = 7342\n", "4:1", "a text in quotes"),
        argumentSet("no port", NODE + "listen = \"localhost\"\n", "4:1", "HOST:PORT"),
        argumentSet("a port too high", NODE + "listen = \"[::]:65536\"\n", "4:1", "1 to 65535"),
        argumentSet("a port 0", NODE + "listen = \"127.0.0.1:0\"\n", "4:1", "1 to 65535"),
        argumentSet("a bare IPv6 address", NODE + "listen = \"::1:7342\"\n", "4:1", "HOST:PORT"),
        argumentSet("no socket", NODE + "admin = \"tcp:1\"\n", "4:1", "unix:/run/dirsync"),
        argumentSet(
            "a socket too long",
            NODE + "admin = \"unix:/" + "a".repeat(107) + "\"\n",
            "4:1",
            "107"),
        argumentSet("one peer as a table", "[peer]\nname = \"x\"\n", "1:1", "write [[peer]]"),
        argumentSet("a peer without id", "[[peer]]\nname = \"x\"\n", "2:1", "has no 'id'"),
        argumentSet("an empty peer", "[[peer]]\nname = \"\"\n", "2:1", "has no 'name'"),
        argumentSet("no id", "[[peer]]\nname = \"x\"\nid = \"DS1-AA\"\n", "3:1", "is no node id"),
        argumentSet(
            "an id's last letter",
            "[[peer]]\nname = \"x\"\nid = \"DS1-" + "A".repeat(51) + "B\"\n",
            "3:1",
            "a character is wrong"),
        argumentSet("a peer twice", PEER + PEER.replace(ID, OTHER_ID), "5:1", "another peer 'w2'"),
        argumentSet("an id twice", PEER + PEER.replace("w2", "w3"), "6:1", "has the same id"),
        argumentSet("its own name", NODE + PEER.replace("w2", "w1"), "5:1", "own name"),
        argumentSet("a peer's port 0", PEER + "address = \"h:0\"\n", "4:1", "1 to 65535"),
        argumentSet("a peer's host", PEER + "address = [\":7342\"]\n", "4:1", "names no host"),
        argumentSet("a number as address", PEER + "address = [1]\n", "4:1", "list of texts"),
        argumentSet("a folder without path", "[[folder]]\nid = \"a\"\n", "2:1", "has no 'path'"),
        argumentSet("a folder's name", "[[folder]]\nid = \"../a\"\n", "2:1", "letters, digits"),
        argumentSet(
            "a folder twice",
            NODE + FOLDER + FOLDER.replace("@/www", "@/other"),
            "8:1",
            "another folder 'www'"),
        argumentSet(
            "a root twice",
            NODE + FOLDER + FOLDER.replace("\"www\"", "\"b\""),
            "9:1",
            "the same root"),
        argumentSet(
            "nested folders",
            NODE + FOLDER + FOLDER.replace("\"www\"", "\"b\"").replace("@/www", "@/www/inner"),
            "9:1",
            "lie in one another"),
        argumentSet(
            "nested by a link",
            NODE + FOLDER + FOLDER.replace("\"www\"", "\"b\"").replace("@/www", "@/link"),
            "9:1",
            "lie in one another"),
        argumentSet(
            "nested, not there yet",
            NODE + FOLDER + FOLDER.replace("\"www\"", "\"b\"").replace("@/www", "@/www/x/y"),
            "9:1",
            "lie in one another"),
        argumentSet(
            "a root in data_dir",
            NODE + FOLDER.replace("@/www", "@/data/inner"),
            "6:1",
            "data_dir"),
        argumentSet("data_dir in a root", NODE + FOLDER.replace("@/www", "@"), "6:1", "data_dir"),
        argumentSet(
            "an unknown peer",
            NODE + PEER + FOLDER + "peers = [\"w3\"]\n",
            "10:1",
            "there is no peer 'w3'; did you mean 'w2'?"),
        argumentSet(
            "a peer named twice",
            NODE + PEER + FOLDER + "peers = [\"w2\", \"w2\"]\n",
            "10:1",
            "named twice"),
        argumentSet("a bare number of seconds", FOLDER + "rescan = 3600\n", "4:1", "with its unit"),
        argumentSet("no unit", FOLDER + "rescan = \"3600\"\n", "4:1", "with its unit"),
        argumentSet("no time", FOLDER + "rescan = \"0s\"\n", "4:1", "at least \"10s\""),
        argumentSet("no pause", FOLDER + "poll = \"0s\"\n", "4:1", "at least \"1s\""),
        argumentSet("endless time", FOLDER + "rescan = \"999999999d\"\n", "4:1", "with its unit"),
        argumentSet("a text for a flag", FOLDER + "owner = \"yes\"\n", "4:1", "true or false"),
        argumentSet(
            "conflicts kept too short",
            FOLDER + "versions = { conflicts = \"5m\" }\n",
            "4:14",
            "'conflicts' is at least \"3600s\""),
        argumentSet("a text for a table", FOLDER + "versions = \"30d\"\n", "4:1", "versions = {"),
        argumentSet(
            "an unknown version key",
            FOLDER + "versions = { kep = \"1d\" }\n",
            "4:14",
            "did you mean 'keep'?"),
        argumentSet("a bare share", FOLDER + "max_delete = 25\n", "4:1", "from \"0%\" to \"100%\""),
        argumentSet("a share too big", FOLDER + "max_delete = \"101%\"\n", "4:1", "\"100%\""),
        argumentSet("no share", FOLDER + "max_delete = \"5 files\"\n", "4:1", "a share in quotes"),
        argumentSet(
            "a text for a number",
            FOLDER + "max_delete_files = \"1000\"\n",
            "4:1",
            "a number without quotes, at least 0"),
        argumentSet("less than nothing", FOLDER + "max_delete_files = -1\n", "4:1", "at least 0"),
        argumentSet("a log too short", "[defaults]\nlog_entries = 9999\n", "2:1", "at least 10000"),
        argumentSet(
            "a pattern", FOLDER + "ignore = [\"[z-a\"]\n", "4:1", "a bracket is not closed"),
        argumentSet(
            "an unknown policy", FOLDER + "conflict = \"unoin\"\n", "4:1", "did you mean 'union'?"),
        argumentSet("a policy's number", FOLDER + "conflict = 5\n", "4:1", "or a list of rules"),
        argumentSet(
            "an unknown node to prefer",
            NODE + PEER + "[defaults]\nconflict = \"prefer:w3\"\n",
            "8:1",
            "'w3' is neither this node nor a [[peer]] of this file; did you mean 'w1'?"),
        argumentSet(
            "a rule's unknown policy",
            FOLDER + "conflict = [\n  { match = \"*.log\", policy = \"newst\" }]\n",
            "5:22",
            "did you mean 'newest'?"),
        argumentSet(
            "a rule's pattern",
            FOLDER + "conflict = [{ match = \"[z-a\", policy = \"text\" }]\n",
            "4:15",
            "a bracket is not closed"),
        argumentSet(
            "a rule without a pattern",
            FOLDER + "conflict = [{ policy = \"text\" }]\n",
            "4:15",
            "this rule has no 'match'"),
        argumentSet(
            "a rule without a policy",
            FOLDER + "conflict = [{ match = \"*\" }]\n",
            "4:15",
            "has no 'policy'"),
        argumentSet(
            "a rule's unknown key",
            FOLDER + "conflict = [{ match = \"*\", polcy = \"text\" }]\n",
            "4:28",
            "did you mean 'policy'?"),
        argumentSet("a default flag", "[defaults]\nowner = 1\n", "2:1", "true or false"),
        argumentSet("a default duration", "[defaults]\nrescan = 5\n", "2:1", "with its unit"),
        argumentSet(
            "a default pattern", "[defaults]\nignore = [\"a\", 5]\n", "2:1", "list of texts"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void saysWhereAndWhatIsWrong(String text, String place, String problem) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file + ":" + place + ": ")
        .hasMessageContaining(problem);
  }

  @Test
  void readsAllThatItKnows() throws Exception {
    Configuration read =
        read(
            NODE
                + "listen = \"[::]:7342\"\nadmin = \"unix:/run/d.sock\"\n"
                + PEER
                + "address = [\"a.example:1\", \"[2001:db8::1]:65535\"]\n"
                + "[defaults]\nignore = [\"*.swp\"]\nowner = true\nrescan = \"2h\"\npoll = \"5s\"\n"
                + "versions = { keep = \"7d\", conflicts = \"1h\" }\n"
                + "max_delete = \"10%\"\nmax_delete_files = 5\nlog_entries = 20000\n"
                + FOLDER
                + "peers = \"w2\"\nignore = \"cache/\"\nrescan = \"90s\"\nmax_delete = \"100%\"\n");
    assertThat(read.admin()).isEqualTo(Path.of("/run/d.sock"));
    assertThat(read.node().name()).isEqualTo("w1");
    assertThat(read.node().listen()).isEqualTo("[::]:7342");
    assertThat(read.node().peers().getFirst().addresses())
        .containsExactly("a.example:1", "[2001:db8::1]:65535");
    var folder = read.node().folders().getFirst();
    assertThat(folder.peers()).containsExactly("w2");
    assertThat(folder.ignore()).containsExactly("*.swp", "cache/");
    assertThat(folder.owners()).isTrue();
    assertThat(folder.rescan()).isEqualTo(Duration.ofSeconds(90));
    assertThat(folder.poll()).contains(Duration.ofSeconds(5));
    assertThat(folder.trashKeep()).isEqualTo(Duration.ofDays(7));
    assertThat(folder.conflictKeep()).isEqualTo(Duration.ofHours(1));
    assertThat(folder.maxDelete()).isEqualTo(new MaxDelete(100, 5));
    assertThat(folder.logEntriesMax()).isEqualTo(20_000);
  }

  @Test
  void holdsMoreThanAQuarterAndAThousandDeletionsUnlessItSaysOtherwise() throws Exception {
    var folder = read(NODE + FOLDER).node().folders().getFirst();
    assertThat(folder.maxDelete()).isEqualTo(new MaxDelete(25, 1000));
    assertThat(folder.logEntriesMax()).isEqualTo(1_000_000);
  }

  @Test
  void readsPoliciesByPatternAndTheFoldersInPlaceOfTheDefaults() throws Exception {
    String defaults = "[defaults]\nconflict = \"prefer:w2\"\n";
    String rules =
        """
        conflict = [{ match = "*", policy = "text" },
          { match = ["logs/", "!logs/last"], policy = "union" },
          { match = "/etc/**", policy = "prefer:w1" }]
        """;
    var folders =
        read(NODE + PEER + defaults + FOLDER + rules + FOLDER.replace("www", "other"))
            .node()
            .folders();
    PolicyRules own = folders.getFirst().conflicts();
    assertThat(own.of(RelativePath.of("a/b"))).hasToString("text");
    assertThat(own.of(RelativePath.of("logs/a"))).hasToString("union");
    assertThat(own.of(RelativePath.of("etc/a/b"))).hasToString("prefer:w1");
    PolicyRules other = folders.getLast().conflicts();
    assertThat(other.of(RelativePath.of("logs/a"))).hasToString("prefer:w2");
    PolicyRules none = read(FOLDER).node().folders().getFirst().conflicts();
    assertThat(none.of(RelativePath.of("a"))).hasToString("newest");
  }

  @Test
  void leavesItToTheDaemonWhetherARootIsThereAndIsADirectory() throws Exception {
    for (String name : List.of("www", "file", "none", "file/below")) {
      var folders = read(NODE + FOLDER.replace("@/www", "@/" + name)).node().folders();
      assertThat(folders.getFirst().root()).isEqualTo(directory.resolve(name));
    }
  }

  @Test
  void readsTheModeOfAFolder() throws Exception {
    String defaults = "[defaults]\nmode = \"send-only\"\n";
    var folders =
        read(NODE
                + defaults
                + FOLDER
                + "mode = \"receive-only\"\n"
                + FOLDER.replace("www", "other"))
            .node()
            .folders();
    assertThat(folders.getFirst().mode()).isEqualTo(FolderMode.RECEIVE_ONLY);
    assertThat(folders.getLast().mode()).isEqualTo(FolderMode.SEND_ONLY);
    assertThat(read(FOLDER).node().folders().getFirst().mode()).isEqualTo(FolderMode.TWO_WAY);
  }

  @Test
  void keepsTheAdminSocketWithTheDataUnlessThatPathIsTooLong() throws Exception {
    assertThat(read(NODE).admin()).isEqualTo(directory.resolve("data/dirsync.sock"));
    String deep = "/d".repeat(60);
    Path other = read(NODE.replace("@/data", "@" + deep)).admin();
    assertThat(other.toString().length()).isLessThanOrEqualTo(Places.SOCKET_BYTES_MAX);
    assertThat(other).isNotEqualTo(read(NODE.replace("@/data", "@/e" + deep)).admin());
  }

  @Test
  void saysWhatMakesAFileThatIsNotThere() {
    assertThatThrownBy(() -> ConfigReader.read(file, new Places(Map.of(), false)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("there is no configuration " + file)
        .hasMessageContaining("dirsync init");
  }

  @Test
  void refusesWhatIsNoUtf8AndWhatIsNoFile() throws Exception {
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
    for (Path each : List.of(file, directory)) {
      assertThatThrownBy(() -> ConfigReader.read(each, new Places(Map.of(), false)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("the configuration " + each);
    }
  }
}
