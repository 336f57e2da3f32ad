package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Connection;
import io.dirsync.protocol.NodeKey;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.Arguments.ArgumentSet;
import org.junit.jupiter.params.provider.MethodSource;

/** Who shows a key that is known here, and then says something else than Hello. */
final class GreetingTest {
  private static final int SECONDS = 20;
  private static final Timing TIMING =
      new Timing(Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(30));

  private final NodeKey ownKey = NodeKey.generate();
  private final NodeKey peerKey = NodeKey.generate();
  private final BlockingQueue<String> warnings = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> closed = new LinkedBlockingQueue<>();
  private final List<Closeable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws IOException {
    for (Closeable each : open.reversed()) {
      each.close();
    }
  }

  static Stream<ArgumentSet> garbage() {
    byte[] pong = ByteBuffer.allocate(14).putInt(10).put((byte) 14).put((byte) 9).array();
    byte[] data = ByteBuffer.allocate(22).putInt(18).put((byte) 32).array();
    byte[] applied = java.util.HexFormat.of().parseHex("00000008090a037777771009");
    return Stream.of(
        Arguments.argumentSet("another protocol", bytes("GET / HTTP/1.0\r\n\r\n"), "bytes long"),
        Arguments.argumentSet("a type there is not", new byte[] {0, 0, 0, 2, 99, 0}, "type 99"),
        Arguments.argumentSet("no message of a folder", applied, "Applied came before Hello"),
        Arguments.argumentSet("no content", data, "Data came before Hello"),
        Arguments.argumentSet("no answer", pong, "Pong came before Hello"),
        Arguments.argumentSet("a frame begun", new byte[] {0, 0, 0, 9, 1}, "no Hello came in 2 s"),
        Arguments.argumentSet("three bytes", new byte[3], "no Hello came in 2 s"));
  }

  private static byte[] bytes(String words) {
    return words.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void aClientThatSaysSomethingElseThanHelloIsHungUpOnAndToldOfOnce(byte[] garbage, String what)
      throws Exception {
    String address = transport().listen("127.0.0.1:0", peerKey.id()::equals, this::handler);
    for (int again = 0; again < 2; again++) {
      try (SSLSocket socket = dial(address)) {
        socket.getOutputStream().write(garbage);
        drain(socket);
      }
      assertThat(closed.poll(SECONDS, TimeUnit.SECONDS)).contains(what);
    }
    assertToldOnce(what);
  }

  @Test
  void aClientThatHangsUpWithoutHelloIsToldOfOnce() throws Exception {
    String address = transport().listen("127.0.0.1:0", peerKey.id()::equals, this::handler);
    for (int again = 0; again < 2; again++) {
      try (SSLSocket socket = dial(address)) {
        socket.getOutputStream().write(new byte[3]);
        // What it answers is read so that it sees the end, and no reset.
        assertThat(socket.getInputStream().read()).isNotNegative();
      }
      assertThat(closed.poll(SECONDS, TimeUnit.SECONDS)).isNotNull();
    }
    assertToldOnce("it hung up without Hello");
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void aServerThatSaysSomethingElseThanHelloIsHungUpOnAndToldOfOnce(byte[] garbage, String what)
      throws Exception {
    SSLServerSocket listener =
        (SSLServerSocket)
            tls()
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
    open.add(listener);
    // Of what is not even a frame the client cannot tell that its key was taken.
    boolean frame = !what.startsWith("no Hello");
    NettyTransport transport = transport();
    for (int again = 0; again < 2; again++) {
      transport.dial(
          "127.0.0.1:" + listener.getLocalPort(), peerKey.id(), this::handler, closed::add);
      try (SSLSocket socket = (SSLSocket) listener.accept()) {
        socket.getOutputStream().write(garbage);
        drain(socket);
      }
      assertThat(closed.poll(SECONDS, TimeUnit.SECONDS))
          .contains(frame ? what : "the peer said nothing after the handshake");
    }
    if (frame) {
      assertToldOnce(what);
    }
  }

  private void assertToldOnce(String what) throws InterruptedException {
    assertThat(warnings.poll(SECONDS, TimeUnit.SECONDS))
        .contains("closing the connection with " + peerKey.id() + " at 127.0.0.1: ")
        .contains(what);
    assertThat(warnings).isEmpty();
  }

  private static void drain(SSLSocket socket) {
    try {
      OutputStream.nullOutputStream().write(socket.getInputStream().readAllBytes());
    } catch (IOException e) {
      // A reset is an end as well.
    }
  }

  private SSLSocket dial(String address) throws Exception {
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    SSLSocket socket =
        (SSLSocket) tls().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(SECONDS * 1000);
    return socket;
  }

  /** A peer that is no dirsync, with the peer's key. */
  private SSLContext tls() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "node", peerKey.privateKey(), new char[0], new Certificate[] {peerKey.certificate()});
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(keys, new char[0]);
    context.init(factory.getKeyManagers(), new TrustManager[] {new Trusting()}, new SecureRandom());
    return context;
  }

  private NettyTransport transport() {
    NettyTransport transport = Nodes.transport(ownKey, TIMING, warnings::add);
    open.add(transport);
    return transport;
  }

  private Connection.Handler handler(Connection connection) {
    return Nodes.greet(
        connection,
        _ -> {
          throw new AssertionError("nothing was said that may be looked at");
        },
        closed::add);
  }
}
