package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class AdminServerTest {
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Path socket = Path.of("");

  @SuppressWarnings("NullAway.Init") // opened before each test
  private AdminServer server;

  /** Knows one folder, "www"; a flush of "slow" ends when it is told to. */
  private static final class FakeNode extends DeafNode {
    final CountDownLatch flushes = new CountDownLatch(8);
    final CompletableFuture<Flushed> slow = new CompletableFuture<>();
    final ByteArrayOutputStream given = new ByteArrayOutputStream();

    @Override
    public CompletableFuture<List<Settled>> resolve(Set<String> ids, Keep keep, boolean trial) {
      if (keep instanceof Keep.Given(Upload upload)) {
        try {
          byte[] buffer = new byte[1000];
          int count;
          while ((count = upload.read(buffer)) >= 0) {
            given.write(buffer, 0, count);
          }
        } catch (IOException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public NodeStatus status() {
      return new NodeStatus("w1", "DS1-X", "No folder is configured.", List.of());
    }

    @Override
    public CompletableFuture<Flushed> flush(Optional<String> folder, Duration timeout) {
      if (folder.equals(Optional.of("slow"))) {
        flushes.countDown();
        return slow;
      }
      return timeout.isZero()
          ? CompletableFuture.failedFuture(new TimeoutException("not yet"))
          : CompletableFuture.completedFuture(
              new Flushed(
                  List.of("w9"),
                  Map.of("w8", "folder www is halted there"),
                  List.of("www"),
                  Map.of("img", "its root is gone")));
    }

    @Override
    public CompletableFuture<Decided> decide(String folder, boolean putBack) {
      return folder.equals("www") && putBack
          ? CompletableFuture.completedFuture(new Decided(5, 6))
          : CompletableFuture.failedFuture(new IllegalStateException("it holds nothing"));
    }

    @Override
    public CompletableFuture<Scanned> scan(String folder) {
      return folder.equals("www")
          ? CompletableFuture.completedFuture(new Scanned(7, 1))
          : CompletableFuture.failedFuture(new IllegalArgumentException("there is no folder"));
    }
  }

  private final FakeNode node = new FakeNode();

  @BeforeEach
  void open() throws IOException {
    socket = directory.resolve("run/dirsync.sock");
    server = AdminServer.open(AdminSocket.bind(socket), node);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private JsonObject send(byte[] bytes) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      return AdminProtocol.read(channel, AdminProtocol.LINE_BYTES_MAX);
    }
  }

  private JsonObject send(String line) throws IOException {
    return send((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void answersWhatItIsAsked() throws Exception {
    assertThat(send("{\"ask\":\"status\"}").get("node").getAsString()).isEqualTo("w1");
    assertThat(send("{\"ask\":\"scan\",\"folder\":\"www\"}").get("entries").getAsLong())
        .isEqualTo(7);
    JsonObject flushed = send("{\"ask\":\"flush\",\"timeoutMillis\":5}");
    assertThat(flushed.getAsJsonArray("unreachable")).hasSize(1);
    assertThat(flushed.getAsJsonObject("refused").get("w8").getAsString())
        .isEqualTo("folder www is halted there");
    assertThat(flushed.getAsJsonArray("held")).hasSize(1);
    JsonObject decided = send("{\"ask\":\"decide\",\"folder\":\"www\",\"how\":\"put-back\"}");
    assertThat(decided.get("here").getAsLong()).isEqualTo(5);
    assertThat(decided.get("byPeers").getAsLong()).isEqualTo(6);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        argumentSet("nothing", "", "malformed"),
        argumentSet("no JSON", "GET / HTTP/1.1", "malformed"),
        argumentSet("an array", "[]", "malformed"),
        argumentSet("a null", "null", "malformed"),
        argumentSet("an unclosed object", "{\"ask\":", "malformed"),
        argumentSet("control characters", "\u0000\u0001\u001b[31m", "malformed"),
        argumentSet("deep nesting", "[".repeat(60_000), "malformed"),
        argumentSet("an object for a text", "{\"ask\":{}}", "malformed"),
        argumentSet("a number for a text", "{\"ask\":5}", "malformed"),
        argumentSet("an empty object", "{}", "unknown"),
        argumentSet("an unknown request", "{\"ask\":\"reboot\"}", "unknown"),
        argumentSet(
            "nothing held",
            "{\"ask\":\"decide\",\"folder\":\"www\",\"how\":\"approve\"}",
            "refused"),
        argumentSet("no decision", "{\"ask\":\"decide\",\"folder\":\"www\"}", "malformed"),
        argumentSet("an unknown folder", "{\"ask\":\"scan\",\"folder\":\"x\"}", "refused"),
        argumentSet("no folder", "{\"ask\":\"scan\"}", "refused"),
        argumentSet("a list for a folder", "{\"ask\":\"scan\",\"folder\":[]}", "malformed"),
        argumentSet("no time", "{\"ask\":\"flush\"}", "malformed"),
        argumentSet("a time below zero", "{\"ask\":\"flush\",\"timeoutMillis\":-1}", "malformed"),
        argumentSet("a time too long", "{\"ask\":\"flush\",\"timeoutMillis\":1e999}", "malformed"),
        argumentSet("the time is up", "{\"ask\":\"flush\",\"timeoutMillis\":0}", "timeout"),
        argumentSet("nothing to resolve", "{\"ask\":\"resolve\",\"keep\":\"newest\"}", "malformed"),
        argumentSet(
            "ids and all",
            "{\"ask\":\"resolve\",\"ids\":[\"0a\"],\"all\":true,\"keep\":\"newest\"}",
            "malformed"),
        argumentSet(
            "ids that are none",
            "{\"ask\":\"resolve\",\"ids\":[5],\"keep\":\"both\"}",
            "malformed"),
        argumentSet(
            "nothing to keep", "{\"ask\":\"resolve\",\"all\":true,\"keep\":\"x\"}", "malformed"),
        argumentSet(
            "no length of a content",
            "{\"ask\":\"resolve\",\"ids\":[\"0a\"],\"keep\":\"content\"}",
            "malformed"),
        argumentSet("nothing to undo", "{\"ask\":\"undo\"}", "malformed"),
        argumentSet("the node will not", "{\"ask\":\"conflicts\"}", "refused"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void saysWhyItRefusesAndLives(String line, String code) throws Exception {
    JsonObject error = send(line).getAsJsonObject("error");
    assertThat(error.get("code").getAsString()).isEqualTo(code);
    assertThat(error.get("what").getAsString()).isNotBlank();
    assertThat(send("{\"ask\":\"status\"}").has("summary")).isTrue();
  }

  @Test
  void takesTheBytesThatFollowARequestWhicheverWayTheyCome() throws Exception {
    Path file = directory.resolve("merged");
    byte[] content = new byte[300_000];
    new java.util.Random(1).nextBytes(content);
    Files.write(file, content);
    JsonObject request = new JsonObject();
    request.addProperty("ask", "resolve");
    JsonArray ids = new JsonArray();
    ids.add("0a");
    request.add("ids", ids);
    request.addProperty("keep", "content");
    request.addProperty("contentBytes", content.length);
    try (FileChannel channel = FileChannel.open(file)) {
      assertThat(new AdminClient(socket).ask(request, channel).has("settled")).isTrue();
    }
    assertThat(node.given.toByteArray()).isEqualTo(content);
    request.addProperty("contentBytes", 3);
    node.given.reset();
    assertThat(send(request + "\nabc")).extracting(answer -> answer.has("settled")).isEqualTo(true);
    assertThat(node.given.toString(StandardCharsets.UTF_8)).isEqualTo("abc");
  }

  @Test
  void saysThatAContentEndedTooEarlyAndLives() throws Exception {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      String line =
          "{\"ask\":\"resolve\",\"ids\":[\"0a\"],\"keep\":\"content\",\"contentBytes\":9}\nabc";
      channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
      channel.shutdownOutput();
      JsonObject error =
          AdminProtocol.read(channel, AdminProtocol.LINE_BYTES_MAX).getAsJsonObject("error");
      assertThat(error.get("what").getAsString()).contains("6 bytes too early");
    }
    assertThat(send("{\"ask\":\"status\"}").has("summary")).isTrue();
  }

  @Test
  void refusesALineThatDoesNotEndAtItsBound() throws Exception {
    byte[] line = new byte[AdminServer.REQUEST_BYTES_MAX + 1];
    java.util.Arrays.fill(line, (byte) 'a');
    assertThat(send(line).getAsJsonObject("error").get("code").getAsString())
        .isEqualTo("malformed");
  }

  @Test
  void outlivesClientsThatSayNothingOrLeaveInTheMiddle() throws Exception {
    for (int i = 0; i < 200; i++) {
      try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        channel.write(ByteBuffer.wrap("{\"ask\"".getBytes(StandardCharsets.UTF_8), 0, i % 7));
      }
    }
    assertThat(send("{\"ask\":\"status\"}").has("summary")).isTrue();
  }

  @Test
  void answersOthersWhileSomeWait() throws Exception {
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<JsonObject>> waiting = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        waiting.add(
            clients.submit(
                () -> send("{\"ask\":\"flush\",\"folder\":\"slow\",\"timeoutMillis\":60000}")));
      }
      node.flushes.await();
      assertThat(send("{\"ask\":\"status\"}").has("summary")).isTrue();
      assertThat(waiting).noneMatch(Future::isDone);
      node.slow.complete(new NodeControl.Flushed(List.of(), Map.of(), List.of(), Map.of()));
      for (Future<JsonObject> each : waiting) {
        assertThat(each.get().getAsJsonArray("unreachable")).isEmpty();
      }
    }
  }

  @Test
  void isForItsAccountAndGroupAlone() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-rw----");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
        .isEqualTo("rwxr-x---");
  }

  @Test
  void takesTheSocketOfADaemonThatIsGoneButNotOfOneThatAnswers() throws Exception {
    assertThatThrownBy(() -> AdminSocket.bind(socket))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another dirsync daemon answers at " + socket);
    server.close();
    assertThat(socket).doesNotExist();
    try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      gone.bind(UnixDomainSocketAddress.of(socket));
    }
    assertThat(socket).exists();
    server = AdminServer.open(AdminSocket.bind(socket), node);
    assertThat(send("{\"ask\":\"status\"}").has("summary")).isTrue();
  }

  @Test
  void whoAsksBeforeTheNodeRunsIsAnsweredOnceItDoes() throws Exception {
    server.close();
    AdminSocket bound = AdminSocket.bind(socket);
    byte[] request = "{\"ask\":\"status\"}\n".getBytes(StandardCharsets.UTF_8);
    try (SocketChannel early = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      early.write(ByteBuffer.wrap(request));
      server = AdminServer.open(bound, node);
      assertThat(AdminProtocol.read(early, AdminProtocol.LINE_BYTES_MAX).has("summary")).isTrue();
    }
  }

  @Test
  void leavesAFileThatIsNoSocket() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "precious");
    assertThatThrownBy(() -> AdminSocket.bind(file)).isInstanceOf(IOException.class);
    assertThat(file).hasContent("precious");
  }

  @Test
  void theClientSaysThatNobodyAnswers() throws Exception {
    AdminClient client = new AdminClient(socket);
    assertThat(client.answers()).isTrue();
    server.close();
    assertThat(client.answers()).isFalse();
    assertThatThrownBy(() -> client.ask(new JsonObject(), Duration.ZERO))
        .isInstanceOf(AdminClient.UnreachableException.class)
        .hasMessageContaining("no dirsync daemon answers at " + socket);
  }
}
