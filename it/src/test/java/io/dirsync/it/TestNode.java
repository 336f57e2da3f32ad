package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.dirsync.cli.Main;
import io.dirsync.it.Program.Ended;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One node: its configuration, database and root in directories of their own, and its daemon. */
final class TestNode {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration FLUSH_MAX = Duration.ofMinutes(2);
  private static final Duration STOP_MAX = Duration.ofSeconds(20);
  private static final String RUNS = "commands reach it at";

  private final String name;
  private final Path home;
  private final Path root;
  private final String listen;
  private final Map<String, String> environment = new HashMap<>();
  private String id = "";
  private long startsBefore;
  private List<String> prefix = List.of();
  private Optional<Process> daemon = Optional.empty();

  /**
   * @param listen host and port; the daemon listens there, and peers dial it
   */
  TestNode(String name, Path home, String listen) throws IOException {
    this.name = name;
    this.home = Files.createDirectories(home);
    this.root = Files.createDirectories(home.resolve("root"));
    this.listen = listen;
  }

  String name() {
    return name;
  }

  Path root() {
    return root;
  }

  Path config() {
    return home.resolve("dirsync.toml");
  }

  Path data() {
    return home.resolve("data");
  }

  String listen() {
    return listen;
  }

  /** Starts the daemon through another command: in a network namespace, with fewer privileges. */
  TestNode through(String... command) {
    prefix = List.of(command);
    return this;
  }

  TestNode locale(String locale) {
    environment.put("LC_ALL", locale);
    return this;
  }

  /**
   * This machine as an imager copies it while its daemon does not run: with its key, database and
   * root; but it listens elsewhere, since it is on the same network.
   */
  TestNode copyTo(Path elsewhere, String listening) throws IOException, InterruptedException {
    TestNode copy = new TestNode(name, elsewhere, listening);
    Program.script(home, "cp -a . '" + elsewhere + "'");
    Files.deleteIfExists(copy.logFile());
    String text = Files.readString(copy.config());
    Files.writeString(
        copy.config(),
        text.replace(home.toString(), elsewhere.toString()).replace(listen, listening));
    copy.id = id;
    return copy;
  }

  // -- commands
  // ------------------------------------------------------------------------------------

  /** Runs {@code dirsync} with these arguments and this node's configuration, as a user does. */
  Ended dirsync(String... arguments) throws IOException, InterruptedException {
    List<String> command = Distribution.command(configured(arguments));
    Map<String, String> variables = new HashMap<>(Distribution.environment(arguments));
    variables.putAll(environment);
    return Program.run(home, variables, command);
  }

  /**
   * What a command says, which must succeed. It runs in the process of the test: for what prepares
   * a test and what it asks again and again, where a JVM each would be most of the test's time.
   */
  private String run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), configured(arguments));
    assertThat(code).as("exit code of %s: %s", List.of(arguments), err).isZero();
    return out.toString();
  }

  private String[] configured(String... arguments) {
    return Stream.concat(Stream.of(arguments), Stream.of("--config", config().toString()))
        .toArray(String[]::new);
  }

  TestNode init() {
    String told =
        run("init", "--name", name, "--data-dir", data().toString(), "--listen", listen).trim();
    id = told.substring(told.lastIndexOf(' ') + 1);
    return this;
  }

  String id() {
    return id;
  }

  /** Lets this node know the other, and dial it. */
  void knows(TestNode other) {
    knows(other.name(), other.id(), other.listen());
  }

  void knows(String peer, String id, String address) {
    run("peer", "add", peer, "--id", id, "--address", address);
  }

  void shares(String folder, TestNode... with) {
    String peers = String.join(",", java.util.Arrays.stream(with).map(TestNode::name).toList());
    run("folder", "add", folder, root.toString(), "--peers", peers);
  }

  /** Adds a peer to those that share its folder, for the next start of its daemon. */
  void shareAlsoWith(String peer) throws IOException {
    String text = Files.readString(config());
    String known = text.replaceFirst("(?m)^peers = \\[(.+)]$", "peers = [$1, \"" + peer + "\"]");
    assertThat(known).as("the configuration of %s", name).isNotEqualTo(text);
    Files.writeString(config(), known);
  }

  JsonObject status() {
    return JsonParser.parseString(run("status", "--json")).getAsJsonObject();
  }

  /** The status of the first folder. */
  JsonObject folder() {
    return status().getAsJsonArray("folders").get(0).getAsJsonObject();
  }

  /** Waits until the first folder is halted, and tells why. */
  String awaitHalted() {
    await(name + " to halt")
        .atMost(START_MAX)
        .until(() -> folder().get("state").getAsString().equals("halted"));
    return folder().get("reason").getAsString();
  }

  /** What the status says of its peer, when there is one. */
  JsonObject peer() {
    return folder().getAsJsonArray("peers").get(0).getAsJsonObject();
  }

  boolean connected() {
    return peer().get("connected").getAsBoolean();
  }

  List<String> problems() {
    return folder().getAsJsonArray("problems").asList().stream()
        .map(JsonElement::getAsString)
        .toList();
  }

  List<JsonObject> conflicts() {
    return JsonParser.parseString(run("conflicts", "list", "--json"))
        .getAsJsonObject()
        .getAsJsonArray("conflicts")
        .asList()
        .stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  /** Waits until its peer is connected and has all that was written here. */
  void flush() {
    await(name + " to have told its peer everything")
        .atMost(FLUSH_MAX)
        .untilAsserted(() -> run("flush", "--timeout", "60s"));
  }

  // -- the daemon
  // ----------------------------------------------------------------------------------

  /** Starts the daemon and waits until commands reach it. */
  void start() throws IOException {
    begin();
    awaitRunning();
  }

  /** Starts the daemon. */
  void begin() throws IOException {
    startsBefore = lines(RUNS);
    launch();
  }

  /** Waits until commands reach the daemon that was begun. */
  void awaitRunning() throws IOException {
    Process process = running();
    await("daemon " + name + " to run")
        .atMost(START_MAX)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> lines(RUNS) > startsBefore || !process.isAlive());
    assertThat(process.isAlive()).as("daemon %s lives; its log: %s", name, log()).isTrue();
  }

  private void launch() throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(Distribution.command("daemon"));
    command.add("--config");
    command.add(config().toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().putAll(Distribution.environment("daemon"));
    builder.environment().putAll(environment);
    daemon = Optional.of(builder.start());
  }

  /** Ends the daemon as a power cut would, but for what the kernel already has. */
  void kill() throws InterruptedException {
    running().destroyForcibly().waitFor();
    daemon = Optional.empty();
  }

  /** Asks the daemon to end, and fails if it does not. */
  void stop() throws InterruptedException {
    Process process = running();
    process.destroy();
    boolean ended = process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
    process.destroyForcibly().waitFor();
    daemon = Optional.empty();
    assertThat(ended).as("daemon %s ends when asked to", name).isTrue();
  }

  boolean runs() {
    return daemon.isPresent() && daemon.get().isAlive();
  }

  boolean started() {
    return daemon.isPresent();
  }

  /** Freezes the daemon, or lets it go on: its connections stay, but nothing answers. */
  void signal(String signal) throws IOException, InterruptedException {
    Program.script(home, "kill -" + signal + " " + running().pid());
  }

  /** The most memory that the daemon has held, in bytes: what the kernel calls its high water. */
  long peakBytes() throws IOException {
    return status("VmHWM") << 10;
  }

  /** For how many open files the kernel has made room for the daemon: a power of two. */
  long openFilesRoom() throws IOException {
    return status("FDSize");
  }

  private long status(String what) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + running().pid() + "/status"))) {
      if (line.startsWith(what + ":")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new AssertionError("the kernel does not tell " + what + " of " + name);
  }

  private Process running() {
    return daemon.orElseThrow(() -> new AssertionError("daemon " + name + " was not started"));
  }

  private Path logFile() {
    return home.resolve("daemon.log");
  }

  String log() throws IOException {
    return Files.exists(logFile())
        ? new String(Files.readAllBytes(logFile()), StandardCharsets.UTF_8)
        : "";
  }

  /** How many lines of the log hold a text. */
  long lines(String text) throws IOException {
    return log().lines().filter(line -> line.contains(text)).count();
  }
}
