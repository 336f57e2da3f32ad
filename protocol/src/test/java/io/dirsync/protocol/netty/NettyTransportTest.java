package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeKey;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real sockets and real TLS on loopback, by BoringSSL and by Java's own. */
final class NettyTransportTest {
  private static final int SECONDS = 20;
  private static final Message CLIENT_HELLO = new Message.Hello(1, "client", Set.of(), 2);

  private final NodeKey serverKey = NodeKey.generate();
  private final NodeKey clientKey = NodeKey.generate();
  private final BlockingQueue<String> warnings = new LinkedBlockingQueue<>();
  private final List<NettyTransport> transports = new ArrayList<>();

  private final Bandwidth bandwidth = new Bandwidth();

  @AfterEach
  void closeAll() {
    transports.forEach(NettyTransport::close);
  }

  private NettyTransport transport(NodeKey key, boolean openSsl) {
    NettyTransport transport =
        new NettyTransport(
            key,
            new NettyTransport.Setup(
                openSsl,
                openSsl && Epoll.isAvailable(),
                Timing.STANDARD,
                new RefusalLog(InstantSource.system(), warnings::add),
                bandwidth));
    transports.add(transport);
    return transport;
  }

  /**
   * Bytes a second: what a Hello that was not sent yet owes is paid soon, what a content owes is
   * not.
   */
  private static final long SLOW = 100;

  /** Notes what happens on a connection. */
  private static final class Recorder implements Connection.Handler {
    final Connection connection;
    final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    final Semaphore room = new Semaphore(0);
    final BlockingQueue<String> closed = new ArrayBlockingQueue<>(8);

    Recorder(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void onMessage(Message message) {
      if (!message.equals(CLIENT_HELLO)) {
        messages.add(message);
      }
    }

    @Override
    public void onWritable() {
      room.release();
    }

    @Override
    public void onClosed(String reason) {
      closed.add(reason);
    }

    Message next() throws InterruptedException {
      Message message = messages.poll(SECONDS, TimeUnit.SECONDS);
      assertThat(message).isNotNull();
      return message;
    }
  }

  private final CompletableFuture<Recorder> accepted = new CompletableFuture<>();

  private String listen(boolean openSsl, NodeKey known) throws IOException {
    return transport(serverKey, openSsl)
        .listen(
            "127.0.0.1:0",
            known.id()::equals,
            connection -> {
              Recorder recorder = new Recorder(connection);
              connection.send(new Message.Hello(1, "server", Set.of(), 1));
              accepted.complete(recorder);
              return recorder;
            });
  }

  private CompletableFuture<Object> dial(
      boolean openSsl, NodeKey own, String address, NodeKey expected) {
    CompletableFuture<Object> outcome = new CompletableFuture<>();
    transport(own, openSsl)
        .dial(
            address,
            expected.id(),
            connection -> {
              Recorder recorder = new Recorder(connection);
              connection.send(CLIENT_HELLO);
              outcome.complete(recorder);
              return recorder;
            },
            outcome::complete);
    return outcome;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bothSidesKnowTheOthersKeyAndMessagesComeInOrder(boolean openSsl) throws Exception {
    String address = listen(openSsl, clientKey);
    Recorder client =
        (Recorder) dial(openSsl, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    Recorder server = accepted.get(SECONDS, TimeUnit.SECONDS);
    assertThat(client.connection.peer()).isEqualTo(serverKey.id());
    assertThat(server.connection.peer()).isEqualTo(clientKey.id());
    assertThat(client.next()).isEqualTo(new Message.Hello(1, "server", Set.of(), 1));
    for (long i = 1; i <= 100; i++) {
      client.connection.send(new Message.Applied("www", i));
    }
    for (long i = 1; i <= 100; i++) {
      assertThat(server.next()).isEqualTo(new Message.Applied("www", i));
    }
    client.connection.close("enough");
    assertThat(server.next()).isEqualTo(new Message.Goodbye("enough"));
    assertThat(server.closed.poll(SECONDS, TimeUnit.SECONDS)).contains("enough");
    assertThat(client.closed.poll(SECONDS, TimeUnit.SECONDS)).isNotNull();
    assertThat(client.connection.traffic().sentBytes()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerWithAnotherKeyThanExpectedIsRefusedAndItIsSaidWhatToEdit(boolean openSsl)
      throws Exception {
    String address = listen(openSsl, clientKey);
    Object outcome =
        dial(openSsl, clientKey, address, NodeKey.generate()).get(SECONDS, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(String.class);
    assertThat((String) outcome)
        .contains(serverKey.id().toString())
        .contains("put the new id in the old one's place")
        .as("a peer that is there already is not added")
        .doesNotContain("peer add");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientWhoseKeyNobodyKnowsIsRefusedAndTold(boolean openSsl) throws Exception {
    String address = listen(openSsl, NodeKey.generate());
    Object outcome = dial(openSsl, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(String.class);
    String whatToDo = "dirsync peer add NAME --id " + clientKey.id();
    String otherwise =
        "if it lists that node with another id, put " + clientKey.id() + " in that one's place";
    assertThat((String) outcome)
        .contains("does not know this node's key")
        .contains(whatToDo)
        .contains(otherwise);
    assertThat(warnings.poll(SECONDS, TimeUnit.SECONDS))
        .contains("its key " + clientKey.id() + " is not known here")
        .contains(whatToDo)
        .contains(otherwise);
    assertThat(dial(openSsl, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS))
        .isEqualTo(outcome);
    assertThat(warnings).as("the second try is not logged").isEmpty();
    assertThat(accepted).isNotDone();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoSpeaksAnOlderTlsIsRefused(boolean openSsl) throws Exception {
    String address = listen(openSsl, clientKey);
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new Trusting()}, null);
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      try (SSLSocket socket =
          (SSLSocket)
              trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
        socket.setEnabledProtocols(new String[] {version});
        if (version.equals("TLSv1.3")) {
          // As far as TLS goes; what it lacks is a key that is known.
          socket.startHandshake();
        } else {
          assertThatThrownBy(socket::startHandshake)
              .isInstanceOf(SSLException.class)
              .hasMessageContaining("protocol_version");
        }
      }
    }
    assertThat(dial(openSsl, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS))
        .as("others are not harmed")
        .isInstanceOf(Recorder.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void plainTcpAndGarbageDoNotHarmTheListener(boolean openSsl) throws Exception {
    String address = listen(openSsl, clientKey);
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    for (int i = 0; i < 70; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        OutputStream out = socket.getOutputStream();
        out.write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        while (socket.getInputStream().read() >= 0) {
          // An alert at most; then the end.
        }
      } catch (IOException e) {
        // Reset: refused as well.
      }
    }
    Object outcome = dial(openSsl, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(Recorder.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyBytesFlowWithABoundedQueueAndControlGoesBeforeContent(boolean openSsl) throws Exception {
    String address = listen(openSsl, clientKey);
    Recorder client =
        (Recorder) dial(openSsl, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    Recorder server = accepted.get(SECONDS, TimeUnit.SECONDS);
    client.next();
    long sent = 0;
    long received = 0;
    byte[] piece = new byte[256 << 10];
    boolean controlSent = false;
    int dataBeforeControl = -1;
    int data = 0;
    while (received < 64L << 20) {
      while (sent < 64L << 20 && client.connection.roomForContents()) {
        client.connection.send(new Message.Data(1, sent, piece.clone(), false));
        sent += piece.length;
      }
      if (sent == received) {
        // All has come, and the sender has not been told yet that there is room.
        assertThat(client.room.tryAcquire(SECONDS, TimeUnit.SECONDS)).isTrue();
        continue;
      }
      if (!controlSent) {
        controlSent = true;
        client.connection.send(new Message.Applied("www", 1));
      }
      Message message = server.next();
      if (message instanceof Message.Data each) {
        assertThat(each.offset()).isEqualTo(received);
        received += each.bytes().length;
        data++;
      } else {
        dataBeforeControl = data;
      }
    }
    assertThat(dataBeforeControl).isBetween(0, 8);
  }

  @Test
  void contentsWaitForTheLimitAndNewsGoesBefore() throws Exception {
    String address = listen(true, clientKey);
    Recorder client =
        (Recorder) dial(true, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    Recorder server = accepted.get(SECONDS, TimeUnit.SECONDS);
    client.next();
    bandwidth.set(new Bandwidth.Rates(SLOW, 0), Map.of());
    byte[] piece = new byte[100_000];
    client.connection.send(new Message.Data(1, 0, piece.clone(), false));
    assertThat(server.next()).isInstanceOf(Message.Data.class);
    // The second piece would come in a quarter of an hour.
    client.connection.send(new Message.Data(1, piece.length, piece.clone(), true));
    client.connection.send(new Message.Applied("www", 7));
    assertThat(server.next()).isEqualTo(new Message.Applied("www", 7));
    client.connection.send(new Message.Applied("www", 8));
    assertThat(server.next()).isEqualTo(new Message.Applied("www", 8));
    assertThat(client.connection.writable()).as("for news").isTrue();
    bandwidth.set(Bandwidth.Rates.NONE, Map.of());
    client.connection.send(new Message.Applied("www", 9));
    assertThat(List.of(server.next(), server.next()))
        .filteredOn(Message.Data.class::isInstance)
        .hasSize(1);
  }

  /** For what takes a second: who waits for anything but the limit waits for seconds each time. */
  private static final Duration A_LOT_MORE = Duration.ofSeconds(8);

  /** A line that waits for nothing but the limit is not to wait for anything else. */
  @ParameterizedTest
  @ValueSource(longs = {20_000_000, 60_000_000, 200_000_000})
  void contentsGoOutAsFastAsTheLimitAllows(long bytesPerSecond) throws Exception {
    String address = listen(true, clientKey);
    Recorder client =
        (Recorder) dial(true, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    Recorder server = accepted.get(SECONDS, TimeUnit.SECONDS);
    client.next();
    bandwidth.set(new Bandwidth.Rates(bytesPerSecond, 0), Map.of());
    byte[] piece = new byte[256 << 10];
    long begun = System.nanoTime();
    long sent = 0;
    long received = 0;
    while (received < bytesPerSecond) {
      while (sent < bytesPerSecond && client.connection.roomForContents()) {
        client.connection.send(new Message.Data(1, sent, piece.clone(), false));
        sent += piece.length;
      }
      if (sent == received) {
        // All has come, and the sender has not been told yet that there is room.
        assertThat(client.room.tryAcquire(SECONDS, TimeUnit.SECONDS)).isTrue();
        continue;
      }
      received += ((Message.Data) server.next()).bytes().length;
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("for what goes in a second")
        .isBetween(Duration.ofMillis(900), A_LOT_MORE);
  }

  @Test
  void whoLetsLessComeInTellsThePeerWhichKeepsToIt() throws Exception {
    String address = listen(true, clientKey);
    Recorder client =
        (Recorder) dial(true, clientKey, address, serverKey).get(SECONDS, TimeUnit.SECONDS);
    Recorder server = accepted.get(SECONDS, TimeUnit.SECONDS);
    client.next();
    bandwidth.set(new Bandwidth.Rates(0, SLOW), Map.of());
    server.connection.send(new Message.Applied("www", 1));
    assertThat(client.next()).as("behind the pace").isEqualTo(new Message.Applied("www", 1));
    byte[] piece = new byte[100_000];
    client.connection.send(new Message.Data(1, 0, piece.clone(), false));
    assertThat(server.next()).isInstanceOf(Message.Data.class);
    client.connection.send(new Message.Data(1, piece.length, piece.clone(), true));
    client.connection.send(new Message.Applied("www", 2));
    assertThat(server.next()).isEqualTo(new Message.Applied("www", 2));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPortThatIsTakenIsSaidSo(boolean openSsl) throws Exception {
    String address = listen(openSsl, clientKey);
    NettyTransport other = transport(NodeKey.generate(), openSsl);
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> other.listen(address, _ -> true, Recorder::new))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(address);
  }
}
