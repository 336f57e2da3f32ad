package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeKey;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A line that carries nothing any more, without either end being told. */
final class SilenceTest {
  private static final int SECONDS = 20;

  private final NodeKey serverKey = NodeKey.generate();
  private final NodeKey clientKey = NodeKey.generate();
  private final List<Closeable> open = new ArrayList<>();
  private final BlockingQueue<Connection> connections = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> closed = new LinkedBlockingQueue<>();
  private final BlockingQueue<Message> others = new LinkedBlockingQueue<>();

  @AfterEach
  void closeAll() throws IOException {
    for (Closeable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void aLineThatSwallowsEverythingIsNoticedOnBothSides() throws Exception {
    Line line =
        connect(new Timing(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofSeconds(2)));
    line.swallow();
    assertThat(closed.poll(SECONDS, TimeUnit.SECONDS)).contains("silent");
    assertThat(closed.poll(SECONDS, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void whoHasNothingToSayPingsSoThatTheLineIsKnownToWork() throws Exception {
    connect(new Timing(Duration.ofSeconds(5), Duration.ofMillis(10), Duration.ofSeconds(30)));
    Connection one = connections.take();
    long atFirst = one.traffic().receivedBytes();
    long enough = atFirst + 10_000;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (one.traffic().receivedBytes() < enough && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(one.traffic().receivedBytes()).isGreaterThanOrEqualTo(enough);
    assertThat(closed).isEmpty();
    assertThat(others).as("what the handlers are told of it").isEmpty();
  }

  private Line connect(Timing timing) throws Exception {
    String at =
        transport(serverKey, timing).listen("127.0.0.1:0", clientKey.id()::equals, this::handler);
    Line line = new Line(Integer.parseInt(at.substring(at.lastIndexOf(':') + 1)));
    open.add(line);
    transport(clientKey, timing)
        .dial("127.0.0.1:" + line.port(), serverKey.id(), this::handler, closed::add);
    Connection first = connections.poll(SECONDS, TimeUnit.SECONDS);
    Connection second = connections.poll(SECONDS, TimeUnit.SECONDS);
    assertThat(first).describedAs("%s", closed).isNotNull();
    assertThat(second).isNotNull();
    connections.add(first);
    return line;
  }

  private NettyTransport transport(NodeKey key, Timing timing) {
    NettyTransport transport = Nodes.transport(key, timing, _ -> {});
    open.add(transport);
    return transport;
  }

  private Connection.Handler handler(Connection connection) {
    return Nodes.greet(
        connection,
        message -> {
          if (message instanceof Message.Hello) {
            connections.add(connection);
          } else {
            others.add(message);
          }
        },
        closed::add);
  }

  /** Carries bytes both ways until it is told to swallow them. */
  private static final class Line implements Closeable {
    private final ServerSocket listener;
    private final List<Closeable> ends = new ArrayList<>();
    private volatile boolean swallowing;

    Line(int port) throws IOException {
      listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  Socket client = listener.accept();
                  Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                  synchronized (ends) {
                    ends.add(client);
                    ends.add(server);
                  }
                  Thread.ofPlatform().daemon().start(() -> carry(client, server));
                  carry(server, client);
                } catch (IOException e) {
                  // The test is over.
                }
              });
    }

    int port() {
      return listener.getLocalPort();
    }

    void swallow() {
      swallowing = true;
    }

    private void carry(Socket from, Socket to) {
      byte[] buffer = new byte[8192];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        int count;
        while ((count = in.read(buffer)) > 0) {
          if (!swallowing) {
            out.write(buffer, 0, count);
          }
        }
      } catch (IOException e) {
        // One end was closed.
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
      synchronized (ends) {
        for (Closeable end : ends) {
          end.close();
        }
      }
    }
  }
}
