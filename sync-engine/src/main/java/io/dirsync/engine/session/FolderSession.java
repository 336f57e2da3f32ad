package io.dirsync.engine.session;

import io.dirsync.engine.Lane;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What this node and one connected peer say to each other about one folder: serves this node's log
 * and contents, reads the peer's log. Its reading side belongs to the folder's writer lane.
 */
public final class FolderSession {
  /** Bytes of the peer's log that may be on their way or waiting to be taken in. */
  private static final long CREDIT_BYTES = 4L << 20;

  /** Dirty paths beyond which no more of the peer's log is asked for. */
  private static final int DIRTY_MAX = 8192;

  /**
   * Bytes of contents that came along and are not used beyond which no more of the log is asked for
   * either: else they would be dropped, and asked for again one by one.
   */
  private static final long UNUSED_BYTES_MAX = 4L << 20;

  /** After so long without that, the files may be such as cannot be written; others go on. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** What a session needs of its folder. All but {@link #head} is called on the writer's lane. */
  public interface Host {
    Head head();

    /**
     * Whether the first scan has ended: before it, a peer's events would meet files that have no
     * record yet.
     */
    boolean ready();

    /**
     * Where the log ended when the first scan had ended; {@link Long#MAX_VALUE} before. Safe for
     * any thread.
     */
    long scanned();

    /** Whether the folder shows no file yet. */
    boolean empty();

    Cursor cursor(ReplicaId replica);

    /**
     * A peer knows of writes by this replica, or of entries of its log, that this node does not: it
     * has been set back.
     */
    void setBack();

    void take(FolderSession session, Message.LogBatch batch);

    void take(FolderSession session, Message.StateBatch batch);

    void take(FolderSession session, Message.StateEnd end);

    /**
     * A peer has said who it is.
     *
     * @return false if another live node, or this one, is the same: then nothing is read from it
     */
    boolean introduced(FolderSession session, ReplicaId replica);

    /** A peer says that another live node writes the folder as this one. */
    void twin(FolderSession session, String where);

    /** The peer has durably applied this node's log up to here. */
    void acknowledged(FolderSession session, long sequence);

    /** Paths that are not as they should be. */
    int dirty();

    /** Of the contents that came along with log entries, the bytes that are not used yet. */
    long unusedBytes();

    /** Something that the status shows has changed. */
    void changed();
  }

  private enum Reading {
    NOTHING,
    LOG,
    STATE
  }

  private record Taken(long ticket, long through) {}

  private final String peer;
  private final String folder;
  private final Connection connection;
  private final Host host;
  private final LogCredit credit;
  private final LogServer log;
  private final ContentServer contents;
  private final StateDivider divider;
  private final Executor workers;
  private final Lane lane;
  private final Requests requests;
  private final Supplier supplier;
  private final int inlineBytesMax;

  private volatile Message.@Nullable FolderState remote;
  private volatile @Nullable String refusal;

  /**
   * Whether the peer has all that was read of its log: what it has brought itself it need not be
   * told then.
   */
  private volatile boolean whole;

  private volatile long through;
  private volatile long remoteEnd;
  private Reading reading = Reading.NOTHING;

  /** The number of the newest comparison; what belongs to an older one is passed over. */
  private long comparison;

  private @Nullable ReplicaId read;
  private boolean inline;
  private long owedCredit;

  /** Whether somebody looks later whether credit can be given. */
  private boolean waiting;

  private boolean impatient;
  private final ArrayDeque<Taken> taken = new ArrayDeque<>();
  private long appliedTold;
  private volatile boolean closed;

  public FolderSession(
      String peer,
      String folder,
      Connection connection,
      LogCredit credit,
      Requests requests,
      FolderStore store,
      Volume volume,
      Signatures signatures,
      LogServer.SmallContents small,
      Executor workers,
      Lane lane,
      Host host) {
    this.peer = peer;
    this.folder = folder;
    this.connection = connection;
    this.credit = credit;
    this.host = host;
    this.log = new LogServer(folder, connection, store, host::head, host::scanned, small, workers);
    this.contents = new ContentServer(store, volume, signatures, connection, workers);
    this.divider = new StateDivider(store);
    this.workers = workers;
    this.lane = lane;
    this.requests = requests;
    this.supplier = requests.of(folder);
    this.inlineBytesMax = signatures.bounds().inlineBytesMax();
  }

  public String peer() {
    return peer;
  }

  public Connection connection() {
    return connection;
  }

  /** The peer as one to fetch contents from. */
  public Supplier supplier() {
    return supplier;
  }

  /** Whether the peer answers when it is asked for contents, so far as is known. */
  public boolean answers() {
    return !requests.mute();
  }

  /** The peer's replica of the folder, once it has said so. */
  public @Nullable ReplicaId replica() {
    Message.FolderState state = remote;
    return state == null ? null : state.replica();
  }

  /** The cursor of who has read the peer's log up to an entry. */
  public Cursor cursorAt(long sequence) {
    Message.FolderState state = remote;
    return state == null ? Cursor.START : state.epochs().at(sequence);
  }

  private boolean isFresh() {
    Message.FolderState state = remote;
    return state != null && state.context().counters().isEmpty();
  }

  /** Why the peer does not share the folder; null if it does. */
  public @Nullable String refusal() {
    return refusal;
  }

  /** Whether the peer shares the folder and has introduced itself. */
  public boolean shares() {
    return remote != null && refusal == null;
  }

  /** Whether the peer's log has been read to its end, as far as is known. */
  public boolean caughtUp() {
    return remote != null && reading == Reading.LOG && through >= remoteEnd;
  }

  /** Tells the peer about this node's log. */
  public void introduce() {
    connection.send(host.head().state(folder));
  }

  /** Tells the peer that another live node writes the folder as it does. */
  public void tellOfTwin(String where) {
    connection.send(new Message.Twins(folder, where));
  }

  /** This node's log has grown. */
  public void wake() {
    log.wake();
  }

  /** The connection has room again. */
  public void onWritable() {
    log.wake();
    contents.wake();
  }

  /** A message from the peer, on the writer's lane, or for contents on any thread. */
  public void on(Message.OfFolder message) {
    if (closed) {
      return;
    }
    switch (message) {
      case Message.FolderState state -> introduced(state);
      case Message.FolderRefused refused -> {
        refusal = refused.reason();
        host.changed();
      }
      case Message.Twins(String _, String where) -> host.twin(this, where);
      case Message.ReadLog request -> log.readLog(request, whole ? replica() : null, isFresh());
      case Message.ReadState request -> {
        if (!mayStand(request.read(), host.head())) {
          host.setBack();
        }
        log.readState(request, replica());
      }
      case Message.StateStretches answer -> log.divided(answer);
      case Message.Credit credit -> log.credit(credit.bytes());
      case Message.LogBatch batch -> {
        if (reading == Reading.LOG) {
          host.take(this, batch);
        }
      }
      case Message.StateBatch batch -> {
        if (isCurrent(batch.comparison())) {
          host.take(this, batch);
        }
      }
      case Message.StateDiffers(String _, long of, var after, var end) -> {
        if (isCurrent(of)) {
          owedCredit += Limits.STRETCH_BYTES;
          whenDivided(
              of,
              after,
              end,
              stretches -> new Message.StateStretches(folder, of, after, end, stretches));
        }
      }
      case Message.StateEnd end -> {
        if (isCurrent(end.comparison())) {
          host.take(this, end);
        }
      }
      case Message.Applied applied -> host.acknowledged(this, applied.sequence());
      case Message.Fetch fetch -> contents.fetch(fetch);
      case Message.FetchDelta fetch -> contents.fetchDelta(fetch);
    }
  }

  /** The peer wants nothing more for a fetch. */
  public void cancel(long request) {
    contents.cancel(request);
  }

  /** A part of the signature that a delta's request needs. */
  public void signature(Message.SignaturePart part) {
    contents.signature(part);
  }

  /** The peer allows more of a delta. */
  public void more(Message.More more) {
    contents.more(more);
  }

  private void introduced(Message.FolderState state) {
    if (refusal != null) {
      // The folder did not run there when this node introduced itself.
      introduce();
    }
    refusal = null;
    reading = Reading.NOTHING;
    if (!host.introduced(this, state.replica())) {
      remote = null;
      return;
    }
    whole = stands(host.cursor(state.replica()), state);
    if (!state.replica().equals(read)) {
      if (read != null) {
        log.renamed(whole ? state.replica() : null);
      }
      // Another log, though on the same connection: its numbers are its own.
      read = state.replica();
      taken.clear();
      appliedTold = 0;
    }
    remote = state;
    remoteEnd = state.end();
    ReplicaId own = host.head().replica();
    if (state.context().counter(own) > host.head().known().vector().counter(own)) {
      host.setBack();
    }
    startReading();
    host.changed();
  }

  /** Begins to read the peer's log, if that is possible and not done yet. */
  public void startReading() {
    Message.FolderState state = remote;
    if (closed || state == null || reading != Reading.NOTHING || !host.ready()) {
      return;
    }
    Cursor cursor = host.cursor(state.replica());
    long after = cursor.sequence();
    owedCredit = 0;
    if (!stands(cursor, state)) {
      reading = Reading.STATE;
      long number = ++comparison;
      whenDivided(
          number,
          null,
          null,
          stretches -> new Message.ReadState(folder, number, cursor, CREDIT_BYTES, stretches));
    } else {
      readLog(after, after == state.end() || host.empty());
    }
  }

  /** Whether what was read of the peer's log is what stands there, and the rest can be read. */
  private static boolean stands(Cursor cursor, Message.FolderState state) {
    return cursor.sequence() <= state.end()
        && cursor.sequence() >= state.floor()
        && state.epochs().stands(cursor);
  }

  /** Whether what the peer has read of this node's log may be what stood there; not if it knows. */
  private static boolean mayStand(Cursor cursor, Head head) {
    boolean dropped = cursor.sequence() < head.floor();
    return dropped || (cursor.sequence() <= head.end() && head.epochs().stands(cursor));
  }

  private boolean isCurrent(long number) {
    return reading == Reading.STATE && number == comparison;
  }

  /**
   * Divides a part of the live set, which takes a while, so that the writer does not wait for it,
   * and sends it if its comparison still goes on by then.
   */
  private void whenDivided(
      long number,
      @Nullable Dot after,
      @Nullable Dot end,
      Function<List<Message.Stretch>, Message> message) {
    workers.execute(
        () -> {
          List<Message.Stretch> stretches = divider.divide(after, end);
          lane.execute(
              () -> {
                if (!closed && isCurrent(number)) {
                  ask(message.apply(stretches));
                }
              });
        });
  }

  /** What grants credit is counted before the peer can have heard of it. */
  private void ask(Message message) {
    switch (message) {
      case Message.ReadLog request -> credit.ask(request.creditBytes());
      case Message.ReadState request -> credit.ask(request.creditBytes());
      case Message.Credit more -> credit.give(more.bytes());
      default -> {}
    }
    connection.send(message);
  }

  private void readLog(long after, boolean withContents) {
    reading = Reading.LOG;
    inline = withContents;
    through = after;
    ask(new Message.ReadLog(folder, after, CREDIT_BYTES, withContents ? inlineBytesMax : 0));
  }

  /** A batch was taken in under this ticket. */
  public void took(Message.LogBatch batch, long ticket) {
    remoteEnd = Math.max(remoteEnd, batch.end());
    through = Math.max(through, batch.through());
    taken.add(new Taken(ticket, batch.through()));
    owedCredit += LogServer.creditOf(batch);
    if (reading == Reading.LOG && !inline && batch.through() >= batch.end()) {
      // Caught up: from now on small contents may come along unasked.
      owedCredit = 0;
      readLog(batch.through(), true);
    }
    host.changed();
  }

  /** A stretch of the peer's state was taken in. */
  public void took(Message.StateBatch batch) {
    owedCredit += LogServer.creditOf(batch);
    host.changed();
  }

  /** The comparison was taken in to its end, before this ticket. */
  public void took(Message.StateEnd end, long ticket) {
    taken.add(new Taken(ticket, end.sequence()));
    remoteEnd = Math.max(remoteEnd, end.sequence());
    if (isCurrent(end.comparison())) {
      owedCredit = 0;
      readLog(end.sequence(), true);
    }
    host.changed();
  }

  /**
   * Gives back credit and acknowledges what is durably applied. Called after each commit.
   *
   * @param oldestTicket the oldest ticket under which something is still to be done
   */
  public void settle(long oldestTicket) {
    if (closed) {
      return;
    }
    giveCredit();
    long applied = -1;
    while (!taken.isEmpty() && taken.peek().ticket() < oldestTicket) {
      applied = Math.max(applied, taken.poll().through());
    }
    if (applied > appliedTold) {
      appliedTold = applied;
      connection.send(new Message.Applied(folder, applied));
    }
  }

  private void giveCredit() {
    if (closed || owedCredit == 0 || host.dirty() >= DIRTY_MAX) {
      return;
    }
    if (!impatient && host.unusedBytes() >= UNUSED_BYTES_MAX) {
      if (!waiting) {
        waiting = true;
        lane.after(
            PATIENCE,
            () -> {
              waiting = false;
              impatient = true;
              giveCredit();
            });
      }
      return;
    }
    impatient = false;
    ask(new Message.Credit(folder, owedCredit));
    owedCredit = 0;
  }

  /** The connection is gone, or the folder. */
  public void close() {
    closed = true;
    log.stop();
    contents.close();
  }
}
