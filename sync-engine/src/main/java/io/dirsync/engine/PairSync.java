package io.dirsync.engine;

import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.scan.PolicyRules;
import io.dirsync.protocol.LocalConnections;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.Transport;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two directories on one machine: two whole nodes in this process, joined without a network. */
public final class PairSync implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(PairSync.class);

  private static final String FOLDER = "pair";
  private static final Duration LONG = Duration.ofDays(30);
  private static final Duration LOOK = Duration.ofMillis(20);

  private final Environment environment;
  private final SystemResources resourcesOfA;
  private final SystemResources resourcesOfB;
  private final Node a;
  private final Node b;

  /** Whether both were settled once: until then whoever asks is told what keeps them from it. */
  private volatile boolean goesOn;

  /**
   * Starts both nodes.
   *
   * @param state where their databases are kept between runs
   * @param trial whether the directories are to be left alone; the databases are not
   */
  public PairSync(Path rootOfA, Path rootOfB, Path state, boolean trial, Environment environment)
      throws IOException {
    this.environment = environment;
    this.resourcesOfA = new SystemResources(state.resolve("a"), trial);
    this.resourcesOfB = new SystemResources(state.resolve("b"), trial);
    NodeId idOfA = id("a");
    NodeId idOfB = id("b");
    a =
        Node.start(
            settings("a", rootOfA, state, "b", idOfB),
            idOfA,
            new NoTransport(),
            environment,
            resourcesOfA,
            this::complain);
    b =
        Node.start(
            settings("b", rootOfB, state, "a", idOfA),
            idOfB,
            new NoTransport(),
            environment,
            resourcesOfB,
            this::complain);
    LocalConnections.connect(
        idOfA, a::accept, environment.lane("from-b"), idOfB, b::accept, environment.lane("from-a"));
  }

  private void complain(String sentence) {
    if (goesOn) {
      LOG.error(sentence);
    }
  }

  private static NodeId id(String name) {
    try {
      return NodeId.of(
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private static NodeSettings settings(
      String name, Path root, Path state, String peer, NodeId peerId) {
    FolderSettings folder =
        new FolderSettings(
            FOLDER,
            root,
            List.of(peer),
            List.of(),
            true,
            Duration.ofHours(1),
            Optional.empty(),
            LONG,
            LONG,
            PolicyRules.NONE,
            FolderMode.TWO_WAY,
            MaxDelete.ALL,
            FolderSettings.LOG_ENTRIES_USUAL);
    return new NodeSettings(
        name,
        state.resolve(name),
        "",
        List.of(new PeerSettings(peer, peerId, List.of())),
        List.of(folder));
  }

  /** Nobody is dialed and nobody dials. */
  private static final class NoTransport implements Transport {
    @Override
    public String listen(String address, Predicate<NodeId> known, Acceptor acceptor)
        throws IOException {
      throw new IOException("these nodes have no network");
    }

    @Override
    public void dial(String address, NodeId expected, Acceptor acceptor, Consumer<String> failed) {
      failed.accept("these nodes have no network");
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  /**
   * Where both stand.
   *
   * @param done nothing is left to do, but for paths that cannot be written or read
   * @param failure why it cannot go on; empty if it can
   */
  public record Progress(
      FolderStatus a, FolderStatus b, Done inA, Done inB, boolean done, Optional<String> failure) {}

  /** What was done to one side. */
  public record Done(long written, long removed, long bytes) {}

  /** Whether nothing is left to do, or something keeps it from being done. */
  public boolean ended() {
    boolean settled = settled();
    if (settled) {
      goesOn = true;
    }
    return settled || halted(a) || halted(b);
  }

  private static boolean halted(Node node) {
    return node.folder(FOLDER).isEmpty() && node.troubled(FOLDER);
  }

  /** Where both stand now. */
  public Progress progress() {
    FolderStatus statusOfA = a.status().folders().getFirst();
    FolderStatus statusOfB = b.status().folders().getFirst();
    Optional<String> failure = failure(statusOfA, "A").or(() -> failure(statusOfB, "B"));
    return new Progress(
        statusOfA, statusOfB, done(a), done(b), failure.isEmpty() && settled(), failure);
  }

  private static Optional<String> failure(FolderStatus status, String which) {
    return status.state() == NodeStatus.State.HALTED
        ? Optional.of(which + " (" + status.path() + "): " + status.reason())
        : Optional.empty();
  }

  private static Done done(Node node) {
    return node.folder(FOLDER).map(Folder::done).orElse(new Done(0, 0, 0));
  }

  private boolean settled() {
    Optional<Folder> folderOfA = a.folder(FOLDER);
    Optional<Folder> folderOfB = b.folder(FOLDER);
    return folderOfA.isPresent()
        && folderOfB.isPresent()
        && folderOfA.get().stuckOrIdle()
        && folderOfB.get().stuckOrIdle()
        && has(folderOfA.get(), folderOfB.get())
        && has(folderOfB.get(), folderOfA.get());
  }

  /** Whether the other has applied all of a folder's log, as far as it can. */
  private static boolean has(Folder folder, Folder other) {
    return other.pending() > 0
        ? other.hasTakenIn(folder)
        : folder.isWith(folder.settings().peers().getFirst(), Long.MAX_VALUE);
  }

  /** What would be done in A, and in B, a line a path, or for what moves; for a trial. */
  public List<List<String>> planned() {
    return List.of(
        a.folder(FOLDER).map(Folder::planned).orElse(List.of()),
        b.folder(FOLDER).map(Folder::planned).orElse(List.of()));
  }

  /** How often it is worth to look at {@link #progress}. */
  public Duration look() {
    return LOOK;
  }

  public Environment environment() {
    return environment;
  }

  @Override
  public void close() {
    a.close();
    b.close();
    resourcesOfA.close();
    resourcesOfB.close();
  }
}
