package io.dirsync.engine.apply;

import io.dirsync.engine.Lane;
import io.dirsync.engine.Layout;
import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.OneThread;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.TransferBounds;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.session.FolderSession;
import io.dirsync.engine.session.Head;
import io.dirsync.engine.session.LogCredit;
import io.dirsync.engine.session.Requests;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.delta.SignatureBuilder;
import io.dirsync.protocol.wire.MessageEncoder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A node that has a new content of a file and one that has an old one, on one thread, joined by a
 * line that counts bytes and on which a test may change what is said.
 */
final class TransferPair implements Transfers.Host {
  static final RelativePath FILE = RelativePath.of("file");

  private static final int PAGE_BYTES = 4096;

  private final OneThread environment = new OneThread();
  private final MemoryVolume theirVolume = new MemoryVolume(environment.clock());
  private final MemoryFolderStore theirStore = new MemoryFolderStore();
  private final Signatures theirSignatures = new Signatures(TransferBounds.USUAL, environment);
  private final Signatures ownSignatures;
  private final Line toClient;
  private final Requests requests;
  private final FolderSession server;
  private final Transfers transfers;

  final MemoryVolume ownVolume;

  /** What is said to whom; a test may put other messages in the place of one. */
  UnaryOperator<List<Message>> asked = message -> message;

  UnaryOperator<List<Message>> answered = message -> message;

  final List<Message> said = new ArrayList<>();
  long bytes;
  @Nullable String failure;
  @Nullable String unanswered;

  /** For what waits for contents: passes when a test says so. */
  private final Clock clock = new Clock();

  private Optional<Work> delivered = Optional.empty();

  TransferPair() throws IOException {
    this(new MemoryVolume(InstantSource.fixed(Instant.ofEpochSecond(1_000_000_000))));
  }

  /**
   * The same node, which has seen contents come, and another one.
   *
   * @param before this node's earlier pair
   */
  TransferPair(TransferPair before) throws IOException {
    this(before.ownVolume, before.ownSignatures);
  }

  /**
   * @param ownVolume this node's, of an earlier pair, after which it was started anew
   */
  TransferPair(MemoryVolume ownVolume) throws IOException {
    this(ownVolume, new Signatures(TransferBounds.USUAL, new OneThread()));
  }

  private TransferPair(MemoryVolume ownVolume, Signatures ownSignatures) throws IOException {
    this.ownVolume = ownVolume;
    this.ownSignatures = ownSignatures;
    Line toServer = new Line(message -> asked.apply(message), this::toServer);
    this.toClient = new Line(message -> answered.apply(message), this::toClient);
    this.requests = new Requests("peer", toServer, clock);
    Executor workers = environment.workers();
    this.server =
        new FolderSession(
            "peer",
            "www",
            toClient,
            new LogCredit(),
            new Requests("client", toClient, clock),
            theirStore,
            theirVolume,
            theirSignatures,
            (_, _) -> Optional.empty(),
            workers,
            environment.lane("theirs"),
            new Nobody());
    this.transfers =
        new Transfers(ownVolume, ownSignatures, environment, environment.lane("writer"), this);
    Layout.create(ownVolume);
    Layout.create(theirVolume);
  }

  // -- what the nodes have

  /** The other node has this content now. */
  Content.File theyHave(byte[] content) throws IOException {
    theirVolume.user().write(FILE.bytes(), content);
    return record(theirVolume, theirStore, content).content();
  }

  /** The same, in a file with holes where whole pages are zeros. */
  Content.File theyHaveSparse(byte[] content) throws IOException {
    theirVolume.user().write(FILE.bytes(), new byte[0]);
    try (var open = theirVolume.user().openForWriting(FILE.bytes())) {
      open.truncate(content.length);
      for (int at = 0; at < content.length; at += PAGE_BYTES) {
        byte[] page = Arrays.copyOfRange(content, at, Math.min(content.length, at + PAGE_BYTES));
        if (!Arrays.equals(page, new byte[page.length])) {
          open.write(at, page);
        }
      }
    }
    return record(theirVolume, theirStore, content).content();
  }

  /** This node has this content now. */
  Basis thisHas(byte[] content) throws IOException {
    ownVolume.user().write(FILE.bytes(), content);
    return record(ownVolume, new MemoryFolderStore(), content);
  }

  /** The other node has read this content before. */
  void theyKnow(byte[] content) {
    theyKnow(content, null);
  }

  /** The other node has read this content, when it knew what it was made of. */
  void theyKnow(byte[] content, byte @Nullable [] former) {
    SignatureBuilder builder =
        theirSignatures.builder(content.length, former == null ? null : ContentHasher.hash(former));
    if (builder != null) {
      builder.update(content, 0, content.length);
      theirSignatures.put(ContentHasher.hash(content), builder.finish().orElseThrow());
    }
  }

  private static Basis record(MemoryVolume volume, FolderStore store, byte[] content)
      throws IOException {
    FileStatus status = volume.stat(FILE.bytes()).orElseThrow();
    Content.File file = new Content.File(ContentHasher.hash(content), content.length);
    Fingerprint fingerprint =
        new Fingerprint(
            status.inode(), status.sizeBytes(), status.mtimeNanos(), status.ctimeNanos(), false);
    Shown shown = new Shown(file, new Attributes(0644, status.mtimeNanos()), Set.of(), Set.of());
    try (FolderStore.Transaction transaction = store.begin()) {
      transaction.put(new PathRecord(FILE, shown, fingerprint, List.of()));
      transaction.commit(FolderStore.Durability.PROCESS);
    }
    return new Basis(FILE, file, fingerprint);
  }

  /** What this node knows of the leaves of a content, to read another one. */
  LeafDigestsBuilder leavesAfter(byte[] content, int size) {
    LeafDigestsBuilder leaves = ownSignatures.leaves(size, ContentHasher.hash(content));
    if (leaves == null) {
      throw new AssertionError("of such a content none are kept");
    }
    return leaves;
  }

  // -- fetching

  /** Fetches a content, given what this node has; returns what came. */
  byte[] fetch(Content.File content, @Nullable Basis basis) throws IOException {
    begin(content, basis);
    settle();
    return result(content);
  }

  Work begin(Content.File content, @Nullable Basis basis) {
    Work work = new Work(FILE, 1);
    transfers.want(work, content, FILE, basis);
    transfers.start();
    return work;
  }

  void forget(Work work) {
    transfers.forget(work);
  }

  int underWay() {
    return transfers.count();
  }

  /** Runs until nothing is left to do. */
  void settle() {
    environment.settle();
  }

  /** Lets time pass, and everything happen that does meanwhile. */
  void pass(Duration time) {
    clock.pass(time);
  }

  /** The other node says something more. */
  void comes(Message message) {
    toClient(message);
    settle();
  }

  boolean came() {
    return delivered.isPresent();
  }

  byte[] result(Content.File content) throws IOException {
    Work work = delivered.orElseThrow(() -> new AssertionError("it did not come: " + failure));
    StagedFile file = work.fetched.get(content.hash());
    if (file == null) {
      throw new AssertionError("another content came");
    }
    byte[] bytes = new byte[Math.toIntExact(content.size())];
    int count = file.read(0, bytes, 0, bytes.length);
    if (count != bytes.length || file.status().sizeBytes() != bytes.length) {
      throw new AssertionError("the file has another length");
    }
    file.close();
    return bytes;
  }

  /** How many messages of a kind were said. */
  long count(Class<? extends Message> kind) {
    return said.stream().filter(kind::isInstance).count();
  }

  /** The line breaks. */
  void cut() {
    asked = _ -> List.of();
    answered = _ -> List.of();
    server.close();
    requests.close("the connection was closed");
  }

  @Override
  public Optional<Supplier> supplier(int attempt) {
    return Optional.of(requests.of("www"));
  }

  @Override
  public void delivered(Work first, List<Work> others) {
    delivered = Optional.of(first);
  }

  @Override
  public void undelivered(
      ContentHash hash, List<Work> waiting, String reason, @Nullable IOException disk) {
    failure = reason;
  }

  @Override
  public void overtaken(List<Work> waiting) {
    failure = "overtaken";
  }

  @Override
  public void unanswered(List<Work> waiting, String reason) {
    unanswered = reason;
  }

  @Override
  public void run() {
    transfers.start();
  }

  // -- the line

  private void toServer(Message message) {
    switch (message) {
      case Message.OfFolder ofFolder -> server.on(ofFolder);
      case Message.SignaturePart part -> server.signature(part);
      case Message.More more -> server.more(more);
      case Message.Cancel(long request) -> server.cancel(request);
      case Message.Ping(long number) -> toClient.send(new Message.Pong(number));
      default -> throw new AssertionError("unexpected: " + message);
    }
  }

  private void toClient(Message message) {
    switch (message) {
      case Message.Data data -> requests.on(data);
      case Message.FetchFailed failed -> requests.on(failed);
      case Message.SignatureWanted wanted -> requests.on(wanted);
      case Message.Pong pong -> requests.on(pong);
      default -> throw new AssertionError("unexpected: " + message);
    }
  }

  private final class Line implements Connection {
    private final UnaryOperator<List<Message>> change;
    private final java.util.function.Consumer<Message> to;

    Line(UnaryOperator<List<Message>> change, java.util.function.Consumer<Message> to) {
      this.change = change;
      this.to = to;
    }

    @Override
    public NodeId peer() {
      return NodeId.of(new byte[32]);
    }

    @Override
    public String address() {
      return "here";
    }

    @Override
    public void send(Message message) {
      for (Message each : change.apply(List.of(message))) {
        said.add(each);
        bytes += MessageEncoder.encode(each).length;
        bytes += each instanceof Message.Piece piece ? piece.bytes().length : 0;
        environment.execute(() -> to.accept(each));
      }
    }

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public void close(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public Traffic traffic() {
      return new Traffic(0, 0);
    }
  }

  private final class Clock implements Lane {
    private final PriorityQueue<Due> later = new PriorityQueue<>(Comparator.comparing(Due::at));
    private Duration now = Duration.ZERO;

    private record Due(Duration at, Runnable task) {}

    @Override
    public void execute(Runnable task) {
      environment.execute(task);
    }

    @Override
    public void after(Duration delay, Runnable task) {
      later.add(new Due(now.plus(delay), task));
    }

    void pass(Duration time) {
      Duration end = now.plus(time);
      while (!later.isEmpty() && later.peek().at().compareTo(end) <= 0) {
        Due next = later.remove();
        now = next.at();
        next.task().run();
        settle();
      }
      now = end;
    }

    @Override
    public void close() {
      later.clear();
    }
  }

  /** Nothing is said of the log here. */
  private static final class Nobody implements FolderSession.Host {
    @Override
    public Head head() {
      throw new AssertionError("nobody asks for the log");
    }

    @Override
    public boolean ready() {
      return false;
    }

    @Override
    public boolean empty() {
      return false;
    }

    @Override
    public Cursor cursor(ReplicaId replica) {
      return Cursor.START;
    }

    @Override
    public void setBack() {}

    @Override
    public void take(FolderSession session, Message.LogBatch batch) {}

    @Override
    public void take(FolderSession session, Message.StateBatch batch) {}

    @Override
    public void take(FolderSession session, Message.StateEnd end) {}

    @Override
    public boolean introduced(FolderSession session, ReplicaId replica) {
      return true;
    }

    @Override
    public void twin(FolderSession session, String where) {}

    @Override
    public long scanned() {
      return 0;
    }

    @Override
    public void acknowledged(FolderSession session, long sequence) {}

    @Override
    public int dirty() {
      return 0;
    }

    @Override
    public long unusedBytes() {
      return 0;
    }

    @Override
    public void changed() {}
  }
}
