package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * The nodes of one test, in a directory that goes when the test ends, with all daemons. A test that
 * fails tells how the trees differ, what the nodes say of themselves, and what their logs say.
 */
final class TestCluster
    implements BeforeEachCallback, AfterEachCallback, TestExecutionExceptionHandler {
  static final String FOLDER = "data";
  private static final Duration EQUAL_MAX = Duration.ofSeconds(60);
  private static final int LOG_LINES = 120;
  private static final int PORTS_FROM = 20_000;
  private static final int PORTS_MAX = 1_000;

  /** Starts anywhere, for two checkouts may be tested on one machine. */
  private static final AtomicInteger PORT =
      new AtomicInteger((int) ProcessHandle.current().pid() % PORTS_MAX);

  private final List<TestNode> nodes = new ArrayList<>();
  private Path directory = Path.of("");

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    Files.createDirectories(Distribution.trees());
    directory = Files.createTempDirectory(Distribution.trees(), "t");
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    failure.addSuppressed(new AssertionError(report()));
    throw failure;
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    try {
      for (TestNode node : nodes) {
        if (node.runs()) {
          node.stop();
        }
      }
    } finally {
      Program.script(Path.of("/"), "rm -rf -- '" + directory + "'");
    }
  }

  /** The test's own directory; its trees are to lie on this file system. */
  Path directory() {
    return directory;
  }

  /** A directory of the test's own, empty. */
  Path directory(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  /** A node with a key, on a free port of the loopback; it knows nobody and shares nothing. */
  TestNode node(String name) throws IOException {
    return node(name, "127.0.0.1:" + freePort());
  }

  TestNode node(String name, String listen) throws IOException {
    TestNode node = new TestNode(name, directory.resolve(name), listen).init();
    nodes.add(node);
    return node;
  }

  /** A node of this name in a directory of another. */
  TestNode nodeIn(String home, String name) throws IOException {
    TestNode node = new TestNode(name, directory.resolve(home), "127.0.0.1:" + freePort()).init();
    nodes.add(node);
    return node;
  }

  /** A copy of a node whose daemon does not run, with its key. */
  TestNode copyOf(TestNode node) throws IOException, InterruptedException {
    TestNode copy = node.copyTo(directory("copy-of-" + node.name()), "127.0.0.1:" + freePort());
    nodes.add(copy);
    return copy;
  }

  /** Two nodes that know each other and share a folder; not started. */
  static void join(TestNode one, TestNode other) {
    one.knows(other);
    other.knows(one);
    one.shares(FOLDER, other);
    other.shares(FOLDER, one);
  }

  /** Nodes of which each knows the one before and the one after it, and no other; not started. */
  static void line(TestNode... nodes) {
    for (int i = 0; i < nodes.length; i++) {
      List<TestNode> beside = new ArrayList<>();
      if (i > 0) {
        beside.add(nodes[i - 1]);
      }
      if (i + 1 < nodes.length) {
        beside.add(nodes[i + 1]);
      }
      for (TestNode other : beside) {
        nodes[i].knows(other);
      }
      nodes[i].shares(FOLDER, beside.toArray(TestNode[]::new));
    }
  }

  /**
   * A port that no other test takes: each process of tests has a thousand of its own, below those
   * that the kernel gives to whoever connects.
   */
  private static int freePort() throws IOException {
    int first = PORTS_FROM + Integer.parseInt(System.getProperty("dirsync.fork", "0")) * PORTS_MAX;
    for (int tries = 0; tries < PORTS_MAX; tries++) {
      int port = first + PORT.getAndIncrement() % PORTS_MAX;
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // somebody else's: the next one
      }
    }
    throw new IOException("no port is free from " + first + " on");
  }

  static void awaitConnected(TestNode... nodes) {
    for (TestNode node : nodes) {
      await(node.name() + " to be connected").atMost(EQUAL_MAX).until(node::connected);
    }
  }

  /** Starts the daemons of several nodes, at the same time. */
  static void start(TestNode... nodes) throws IOException {
    for (TestNode node : nodes) {
      node.begin();
    }
    for (TestNode node : nodes) {
      node.awaitRunning();
    }
  }

  /** Waits until each node has what the other has, and the trees are equal. */
  static void converge(TestNode one, TestNode other) throws IOException, InterruptedException {
    one.flush();
    other.flush();
    awaitEqual(one.root(), other.root());
  }

  /** The same for nodes that hear of each other through others. */
  static void convergeAll(TestNode... nodes) throws IOException, InterruptedException {
    // What the first flush has brought to a node may still have to go on from there.
    for (int hop = 1; hop < nodes.length; hop++) {
      for (TestNode node : nodes) {
        node.flush();
      }
    }
    for (TestNode node : nodes) {
      awaitEqual(nodes[0].root(), node.root());
    }
  }

  /** Waits until two trees look the same, then compares their contents too. */
  static void awaitEqual(Path one, Path other) throws IOException, InterruptedException {
    await("equal trees")
        .atMost(EQUAL_MAX)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(
            () ->
                assertThat(TreeSnapshot.shape(one).differences(TreeSnapshot.shape(other)))
                    .isEmpty());
    assertThat(TreeSnapshot.of(one).differences(TreeSnapshot.of(other))).isEmpty();
  }

  private String report() {
    StringBuilder report = new StringBuilder("what the nodes say:\n");
    try {
      if (nodes.size() > 1) {
        TreeSnapshot one = TreeSnapshot.of(nodes.get(0).root());
        for (TestNode other : nodes.subList(1, nodes.size())) {
          report.append("-- trees of the first and ").append(other.name()).append(" differ in:\n");
          one.differences(TreeSnapshot.of(other.root()))
              .forEach(line -> report.append(line).append('\n'));
        }
      }
      for (TestNode node : nodes) {
        report.append("-- status of ").append(node.name()).append('\n');
        report.append(
            node.runs()
                ? node.dirsync("status", "--json").out()
                : node.started() ? "it has ended\n" : "it was not started\n");
        List<String> log = node.log().lines().toList();
        report.append("-- log of ").append(node.name()).append('\n');
        log.subList(Math.max(0, log.size() - LOG_LINES), log.size())
            .forEach(line -> report.append(line).append('\n'));
      }
    } catch (IOException e) {
      report.append("no more can be told: ").append(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return report.toString();
  }
}
