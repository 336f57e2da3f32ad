package io.dirsync.daemon;

import io.dirsync.engine.Lane;
import io.dirsync.engine.Node;
import io.dirsync.engine.NodeSettings;
import io.dirsync.engine.PeerSettings;
import io.dirsync.engine.SystemEnvironment;
import io.dirsync.engine.SystemResources;
import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.NodeKey;
import io.dirsync.protocol.netty.NettyTransport;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node with all that it stands on: key, network, databases, admin socket. Closing it ends
 * everything in order.
 */
public final class Daemon implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
  private static final int WORKERS = Math.max(2, Runtime.getRuntime().availableProcessors());

  private final ArrayDeque<Closeable> opened = new ArrayDeque<>();

  private Daemon() {}

  /**
   * Starts a node by its configuration.
   *
   * @throws IOException if it cannot start; the message says why and what to do
   */
  public static Daemon start(Configuration configuration) throws IOException {
    Daemon daemon = new Daemon();
    try {
      daemon.open(configuration);
      return daemon;
    } catch (IOException | RuntimeException e) {
      daemon.close();
      throw e;
    }
  }

  private void open(Configuration configuration) throws IOException {
    NodeSettings settings = configuration.node();
    Path data = settings.dataDirectory();
    Files.createDirectories(data);
    lock(data.resolve("lock"));
    NodeKey key = NodeKey.load(data);
    for (PeerSettings peer : settings.peers()) {
      if (peer.id().equals(key.id())) {
        throw new IOException(
            "the peer '"
                + peer.name()
                + "' has this node's own id; give it the one that `dirsync id` prints there");
      }
    }
    SystemResources resources = keep(new SystemResources(data));
    SystemEnvironment environment = new SystemEnvironment(WORKERS);
    opened.push(environment::close);
    Lane rest = environment.lane("rest");
    opened.push(rest::close);
    MemoryAtRest.ofThisProcess(rest).start();
    Bandwidth bandwidth = new Bandwidth();
    keep(new BandwidthSchedule(
            configuration.bandwidth(), bandwidth, Clock.system(ZoneId.systemDefault())))
        .start();
    NettyTransport transport = new NettyTransport(key, bandwidth);
    // Before the node, so that whoever has seen this process start reaches it.
    AdminSocket socket = keep(AdminSocket.bind(configuration.admin()));
    Node node = keep(Node.start(settings, key.id(), transport, environment, resources));
    keep(AdminServer.open(socket, node));
    LOG.info("node {} runs; commands reach it at {}", settings.name(), configuration.admin());
  }

  private <T extends Closeable> T keep(T closeable) {
    opened.push(closeable);
    return closeable;
  }

  private void lock(Path file) throws IOException {
    FileChannel channel =
        keep(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      lock = null;
    }
    if (lock == null) {
      throw new IOException(
          "another dirsync daemon uses "
              + file.getParent()
              + "; end it first, or give this one its own data_dir");
    }
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (IOException | RuntimeException e) {
        LOG.warn("while stopping: {}", e.toString());
      }
    }
  }
}
