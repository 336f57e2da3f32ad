package io.dirsync.engine;

import io.dirsync.engine.session.FolderSession;
import io.dirsync.engine.session.LogCredit;
import io.dirsync.engine.session.Requests;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.Transport;
import java.time.Duration;
import java.util.HashSet;
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

  /** Different reasons that are logged until a connection is steady; of more, nothing is said. */
  private static final int REASONS_MAX = 8;

  /** How long a process that may have ended has to show that it has not. */
  private static final Duration TWIN_ANSWERS = Duration.ofSeconds(5);

  /**
   * How often it is looked whether it is over with two machines that have one key, each time after
   * {@link #TWIN_ANSWERS}: a minute after they were last seen it is.
   */
  private static final int TWIN_LOOKS = 12;

  private static final long TWIN_PING = 1;

  private final PeerSettings settings;
  private final NodeId own;
  private final String node;
  private final long instance;
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
  private volatile @Nullable String twins;

  /** How often two machines with its key were seen. */
  private long twinsSeen;

  private volatile long sinceMillis;
  private volatile long sinceNanos;

  /** Why there was no steady connection, as far as it is in the log, since there last was one. */
  private final Set<String> logged = new HashSet<>();

  /** Whether the last connection went before it was steady, and the next one may as well. */
  private boolean unsteady;

  private final LongAdder sentBefore = new LongAdder();
  private final LongAdder receivedBefore = new LongAdder();

  /** What a link needs of its node. */
  interface Host {
    /** The folders that are shared with a peer and run. */
    Map<String, Folder> sharedWith(String peer);
  }

  /**
   * @param instance this process, by chance
   */
  PeerLink(
      PeerSettings settings,
      NodeId own,
      String node,
      long instance,
      Transport transport,
      Environment environment,
      Lane lane,
      Host host) {
    this.settings = settings;
    this.own = own;
    this.node = node;
    this.instance = instance;
    this.transport = transport;
    this.environment = environment;
    this.lane = lane;
    this.host = host;
    this.sinceMillis = environment.clock().millis();
    this.sinceNanos = environment.elapsedNanos();
  }

  PeerSettings settings() {
    return settings;
  }

  boolean connected() {
    Link now = link;
    return now != null && now.up;
  }

  Optional<String> trouble() {
    return Optional.ofNullable(twins).or(() -> Optional.ofNullable(trouble));
  }

  /** Since when the peer is connected, or not. */
  long sinceMillis() {
    return sinceMillis;
  }

  /** For how long it has been connected, or has not. */
  Duration lasted() {
    return Duration.ofNanos(environment.elapsedNanos() - sinceNanos);
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
      if (isNew(reason)) {
        LOG.info("peer {} cannot be reached: {}; trying again", settings.name(), reason);
      }
    }
    dialLater();
  }

  /** Whether this was not logged yet, and is to be. */
  private boolean isNew(String reason) {
    return logged.size() < REASONS_MAX && logged.add(reason);
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
    connection.send(new Message.Hello(Limits.VERSION, node, connection.capabilities(), instance));
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
    made.instance = hello.instance();
    Link before = link;
    if (before != null && before.instance != made.instance) {
      link = null;
      before.end();
      askForLife(before, made);
    } else if (before != null) {
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
    trouble = null;
    sinceMillis = environment.clock().millis();
    sinceNanos = environment.elapsedNanos();
    if (before != null && before.instance == made.instance && before.logged) {
      // Another connection with the same process: the log has that.
      made.logged = true;
    } else if (!unsteady) {
      logConnected(made);
    } else {
      lane.tellAfter(STEADY, () -> becameSteady(made));
    }
    host.sharedWith(settings.name()).forEach(made::join);
  }

  /** It is over with connections that come and go: the next that goes is told of again. */
  private void becameSteady(Link made) {
    if (link == made) {
      unsteady = false;
      logged.clear();
      logConnected(made);
    }
  }

  private void logConnected(Link made) {
    made.logged = true;
    LOG.info("peer {} is connected ({})", settings.name(), made.connection.address());
  }

  /**
   * The process behind the old connection has ended and nobody has noticed yet; or it lives, and
   * the peer's machine was copied with its key. Only a live one answers.
   */
  private void askForLife(Link before, Link made) {
    before.successor = made;
    before.connection.send(new Message.Ping(TWIN_PING));
    lane.after(
        TWIN_ANSWERS,
        () -> {
          before.successor = null;
          before.connection.close("a newer connection takes its place");
        });
  }

  private void answered(Link before) {
    Link made = before.successor;
    before.successor = null;
    if (made == null || closed) {
      return;
    }
    String where = before.connection.address() + " and " + made.connection.address();
    String told = "two machines have its key and run at once, at " + where;
    twins = told;
    LOG.warn("peer {}: {}; both are told to halt what they share", settings.name(), told);
    for (String folder : host.sharedWith(settings.name()).keySet()) {
      before.connection.send(new Message.Twins(folder, settings.name() + " at " + where));
      made.connection.send(new Message.Twins(folder, settings.name() + " at " + where));
    }
    before.connection.close("another machine with the same key is connected");
    endTwins(++twinsSeen, TWIN_LOOKS);
  }

  /** Tells no more of two machines once one of them shares all again, or after a while. */
  private void endTwins(long seen, int looks) {
    lane.after(
        TWIN_ANSWERS,
        () -> {
          if (seen != twinsSeen) {
            return;
          }
          if (looks <= 1 || sharesAll()) {
            twins = null;
          } else {
            endTwins(seen, looks - 1);
          }
        });
  }

  private boolean sharesAll() {
    Link now = link;
    return now != null
        && now.up
        && !now.sessions.isEmpty()
        && now.sessions.values().stream().allMatch(joined -> joined.session().shares());
  }

  private void down(Link ended, String reason) {
    dialing = false;
    ended.end();
    if (link == ended) {
      link = null;
      trouble = reason;
      boolean wasSteady = lasted().compareTo(STEADY) >= 0;
      if (wasSteady) {
        failures = 0;
        logged.clear();
      }
      unsteady = !wasSteady;
      sinceMillis = environment.clock().millis();
      sinceNanos = environment.elapsedNanos();
      // Asked first, for it notes the reason.
      if (isNew(reason) || ended.logged) {
        LOG.info("peer {} is no longer connected: {}", settings.name(), reason);
      }
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

    /**
     * By folder, and for as long as the connection: what was granted to a session that has ended
     * may still come while the next one begins.
     */
    private final Map<String, LogCredit> credits = new ConcurrentHashMap<>();

    volatile boolean up;

    /** The peer's process, by chance. */
    private long instance;

    /** Another process with the peer's key, that came while this one was taken to live. */
    private @Nullable Link successor;

    /** Whether it is in the log that the peer is connected. */
    private boolean logged;

    private boolean greeted;
    private boolean counted;

    Link(Connection connection, boolean dialed) {
      this.connection = connection;
      this.dialed = dialed;
      this.requests = new Requests(settings.name(), connection, lane);
    }

    private record Joined(Folder folder, FolderSession session) {}

    void join(String name, Folder folder) {
      Joined before = sessions.get(name);
      if (before == null || before.folder() != folder) {
        LogCredit credit = credits.computeIfAbsent(name, _ -> new LogCredit());
        sessions.put(
            name,
            new Joined(folder, folder.connect(settings.name(), connection, credit, requests)));
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
        case Message.Ping(long number) -> connection.send(new Message.Pong(number));
        case Message.Pong(long number) when number == TWIN_PING ->
            lane.execute(() -> answered(this));
        case Message.Pong sign -> requests.on(sign);
        case Message.Hello _, Message.Pace _, Message.Goodbye _ -> {}
      }
    }

    private void deliver(Message.OfFolder message) {
      LogCredit credit = credits.get(message.folder());
      if (credit != null && !credit.take(message)) {
        connection.close(
            "of folder " + message.folder() + " more came of the log than was asked for");
        return;
      }
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
                      "folder "
                          + message.folder()
                          + " does not run there, or is not shared with this node"));
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
