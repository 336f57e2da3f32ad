package io.dirsync.engine;

import io.dirsync.engine.session.FolderSession;
import io.dirsync.engine.session.Requests;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.Transport;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One peer of this node: dials it, keeps one connection, and hands what comes to the folders. On
 * the node's lane.
 */
final class PeerLink {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);
  private static final Duration DIAL_MIN = Duration.ofMillis(100);

  /** A connection that was up so long was no failure: the next dial need not wait. */
  private static final Duration STEADY = Duration.ofSeconds(2);

  private static final Duration DIAL_MAX = Duration.ofSeconds(15);

  private final PeerSettings settings;
  private final NodeId own;
  private final String node;
  private final Transport transport;
  private final Environment environment;
  private final Lane lane;
  private final Host host;

  private int failures;
  private int nextAddress;
  private boolean dialing;
  private boolean closed;
  private volatile @Nullable Link link;
  private volatile @Nullable String trouble = "not connected yet";
  private volatile long sinceMillis;
  private @Nullable String lastLogged;
  private final LongAdder sentBefore = new LongAdder();
  private final LongAdder receivedBefore = new LongAdder();

  /** What a link needs of its node. */
  interface Host {
    /** The folders that are shared with a peer and run. */
    Map<String, Folder> sharedWith(String peer);
  }

  PeerLink(
      PeerSettings settings,
      NodeId own,
      String node,
      Transport transport,
      Environment environment,
      Lane lane,
      Host host) {
    this.settings = settings;
    this.own = own;
    this.node = node;
    this.transport = transport;
    this.environment = environment;
    this.lane = lane;
    this.host = host;
    this.sinceMillis = environment.clock().millis();
  }

  PeerSettings settings() {
    return settings;
  }

  boolean connected() {
    Link now = link;
    return now != null && now.up;
  }

  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Since when the peer is connected, or not. */
  long sinceMillis() {
    return sinceMillis;
  }

  Connection.Traffic traffic() {
    Link now = link;
    Connection.Traffic current =
        now == null ? new Connection.Traffic(0, 0) : now.connection.traffic();
    return new Connection.Traffic(
        sentBefore.sum() + current.sentBytes(), receivedBefore.sum() + current.receivedBytes());
  }

  // -- dialing
  // -----------------------------------------------------------------------------------------

  void start() {
    if (!settings.addresses().isEmpty()) {
      dial();
    }
  }

  private void dial() {
    if (closed || dialing || link != null) {
      return;
    }
    dialing = true;
    String address = settings.addresses().get(nextAddress++ % settings.addresses().size());
    transport.dial(
        address,
        settings.id(),
        connection -> accept(connection, true),
        reason -> lane.execute(() -> failed(reason)));
  }

  private void failed(String reason) {
    dialing = false;
    if (link == null) {
      trouble = reason;
      if (!reason.equals(lastLogged)) {
        lastLogged = reason;
        LOG.info("peer {} cannot be reached: {}; trying again", settings.name(), reason);
      }
    }
    dialLater();
  }

  private void dialLater() {
    if (closed || settings.addresses().isEmpty()) {
      return;
    }
    long ceiling = Math.min(DIAL_MAX.toMillis(), DIAL_MIN.toMillis() << Math.min(failures++, 10));
    // Half fixed, half by chance, so that peers that lost each other do not meet in step.
    long millis = ceiling / 2 + environment.random().nextLong(ceiling / 2 + 1);
    lane.after(Duration.ofMillis(millis), this::dial);
  }

  // -- connections
  // -------------------------------------------------------------------------------------

  /** A connection with this peer has begun; on the transport's thread. */
  Connection.Handler accept(Connection connection, boolean dialed) {
    Link made = new Link(connection, dialed);
    connection.send(new Message.Hello(Limits.VERSION, node, Set.of()));
    return made;
  }

  private void up(Link made, Message.Hello hello) {
    dialing = false;
    if (closed) {
      made.connection.close("this node is stopping");
      return;
    }
    if (hello.version() != Limits.VERSION) {
      made.connection.close(
          "this node speaks version "
              + Limits.VERSION
              + " of the protocol, the peer "
              + hello.version());
      trouble =
          "it speaks version " + hello.version() + " of the protocol, this node " + Limits.VERSION;
      return;
    }
    Link before = link;
    if (before != null) {
      // Both dialed at once: both sides keep the connection that the smaller id has dialed, or the
      // newer one.
      boolean wanted = made.dialed == (own.compareTo(settings.id()) < 0);
      if (before.dialed != made.dialed && !wanted) {
        made.connection.close("there is a connection already");
        return;
      }
      link = null;
      before.end();
      before.connection.close("a newer connection takes its place");
    }
    link = made;
    made.up = true;
    lastLogged = null;
    trouble = null;
    sinceMillis = environment.clock().millis();
    LOG.info("peer {} is connected ({})", settings.name(), made.connection.address());
    host.sharedWith(settings.name()).forEach(made::join);
  }

  private void down(Link ended, String reason) {
    dialing = false;
    ended.end();
    if (link == ended) {
      link = null;
      trouble = reason;
      long now = environment.clock().millis();
      if (now - sinceMillis >= STEADY.toMillis()) {
        failures = 0;
      }
      sinceMillis = now;
      LOG.info("peer {} is no longer connected: {}", settings.name(), reason);
    } else if (link == null && !ended.up) {
      trouble = reason;
    }
    if (link == null) {
      dialLater();
    }
  }

  /** A folder that is shared with the peer has started. */
  void join(String name, Folder folder) {
    Link now = link;
    if (now != null && now.up) {
      now.join(name, folder);
    }
  }

  /** A folder has stopped. */
  void leave(String name, String reason) {
    Link now = link;
    if (now != null) {
      now.sessions.remove(name);
      now.connection.send(new Message.FolderRefused(name, reason));
    }
  }

  void close() {
    closed = true;
    Link now = link;
    link = null;
    if (now != null) {
      now.end();
      now.connection.close("this node is stopping");
    }
  }

  /** One connection. */
  private final class Link implements Connection.Handler {
    final Connection connection;
    final boolean dialed;
    final Requests requests;
    final Map<String, Joined> sessions = new ConcurrentHashMap<>();
    volatile boolean up;
    private boolean greeted;
    private boolean counted;

    Link(Connection connection, boolean dialed) {
      this.connection = connection;
      this.dialed = dialed;
      this.requests = new Requests(connection);
    }

    private record Joined(Folder folder, FolderSession session) {}

    void join(String name, Folder folder) {
      Joined before = sessions.get(name);
      if (before == null || before.folder() != folder) {
        sessions.put(
            name, new Joined(folder, folder.connect(settings.name(), connection, requests)));
      }
    }

    @Override
    public void onMessage(Message message) {
      switch (message) {
        case Message.Hello hello when !greeted -> {
          greeted = true;
          lane.execute(() -> up(this, hello));
        }
        case Message.Data data -> requests.on(data);
        case Message.FetchFailed failure -> requests.on(failure);
        case Message.SignatureWanted wanted -> requests.on(wanted);
        // Requests are numbered across folders: only one session knows the number.
        case Message.SignaturePart part ->
            sessions.values().forEach(joined -> joined.session().signature(part));
        case Message.More more -> sessions.values().forEach(joined -> joined.session().more(more));
        case Message.Cancel(long request) ->
            sessions.values().forEach(joined -> joined.session().cancel(request));
        // Behind the node's lane, so that nothing overtakes the Hello that opens the sessions.
        case Message.OfFolder ofFolder -> deliver(ofFolder);
        case Message.Hello _,
            Message.Pace _,
            Message.Ping _,
            Message.Pong _,
            Message.Goodbye _ -> {}
      }
    }

    private void deliver(Message.OfFolder message) {
      Joined joined = sessions.get(message.folder());
      if (joined != null) {
        joined.folder().deliver(joined.session(), message);
        return;
      }
      lane.execute(
          () -> {
            Joined late = sessions.get(message.folder());
            if (late != null) {
              late.folder().deliver(late.session(), message);
            } else if (!(message instanceof Message.FolderRefused)) {
              connection.send(
                  new Message.FolderRefused(
                      message.folder(),
                      "the folder is not shared with this peer, or does not run now"));
            }
          });
    }

    @Override
    public void onWritable() {
      sessions.values().forEach(joined -> joined.session().onWritable());
    }

    @Override
    public void onClosed(String reason) {
      requests.close("the connection was closed");
      lane.execute(() -> down(this, reason));
    }

    void end() {
      if (!counted) {
        counted = true;
        sentBefore.add(connection.traffic().sentBytes());
        receivedBefore.add(connection.traffic().receivedBytes());
      }
      sessions.values().forEach(joined -> joined.folder().disconnect(joined.session()));
      sessions.clear();
    }
  }
}
