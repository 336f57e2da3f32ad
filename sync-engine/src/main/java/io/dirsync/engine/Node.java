package io.dirsync.engine;

import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.NodeStatus.PeerStatus;
import io.dirsync.engine.NodeStatus.State;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.Transport;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: its folders, its peers, and what its operator asks of it. */
public final class Node implements NodeControl, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /** How often a folder that could not start, or was halted for its root, is tried again. */
  private static final Duration FOLDER_AGAIN = Duration.ofSeconds(5);

  private final NodeSettings settings;
  private final NodeId id;
  private final Transport transport;
  private final Environment environment;
  private final Resources resources;
  private final Lane lane;
  private final ConflictDesk desk;
  private final Signatures signatures;
  private final Consumer<String> complaint;
  private final Map<String, Folder> folders = new ConcurrentHashMap<>();
  private final Map<String, String> waiting = new ConcurrentHashMap<>();
  private final Map<String, PeerLink> links = new LinkedHashMap<>();
  private volatile boolean closed;

  private Node(
      NodeSettings settings,
      NodeId id,
      Transport transport,
      Environment environment,
      Resources resources,
      Consumer<String> complaint) {
    this.settings = settings;
    this.complaint = complaint;
    this.id = id;
    this.transport = transport;
    this.environment = environment;
    this.resources = resources;
    this.lane = environment.lane("node-" + settings.name());
    this.desk = new ConflictDesk(lane);
    this.signatures = new Signatures(resources.transferBounds(), environment);
    long instance = environment.random().nextLong();
    for (PeerSettings peer : settings.peers()) {
      links.put(
          peer.name(),
          new PeerLink(
              peer, id, settings.name(), instance, transport, environment, lane, this::sharedWith));
    }
  }

  /**
   * Starts a node. Folders that cannot start now are tried again; the status says why.
   *
   * @throws IOException if the node cannot listen where it should
   */
  public static Node start(
      NodeSettings settings,
      NodeId id,
      Transport transport,
      Environment environment,
      Resources resources)
      throws IOException {
    return start(settings, id, transport, environment, resources, LOG::error);
  }

  /**
   * The same.
   *
   * @param complaint told when a folder cannot start, once for each reason
   */
  static Node start(
      NodeSettings settings,
      NodeId id,
      Transport transport,
      Environment environment,
      Resources resources,
      Consumer<String> complaint)
      throws IOException {
    Node node = new Node(settings, id, transport, environment, resources, complaint);
    try {
      if (!settings.listen().isEmpty()) {
        String at = transport.listen(settings.listen(), node::knows, node::accept);
        LOG.info("node {} ({}) listens at {}", settings.name(), id, at);
      }
    } catch (IOException e) {
      node.close();
      throw e;
    }
    node.lane.execute(
        () -> {
          settings.folders().forEach(node::startFolder);
          node.links.values().forEach(PeerLink::start);
          node.superviseLater();
        });
    return node;
  }

  private boolean knows(NodeId peer) {
    return settings.peers().stream().anyMatch(each -> each.id().equals(peer));
  }

  /** Takes a connection that a peer has begun. */
  public Connection.Handler accept(Connection connection) {
    for (PeerLink link : links.values()) {
      if (link.settings().id().equals(connection.peer())) {
        return link.accept(connection, false);
      }
    }
    connection.close("this node does not know you");
    return new Connection.Handler() {
      @Override
      public void onMessage(io.dirsync.protocol.Message message) {
        // It is being closed.
      }

      @Override
      public void onWritable() {
        // Nothing is sent.
      }

      @Override
      public void onClosed(String reason) {
        // As it should be.
      }
    };
  }

  private Map<String, Folder> sharedWith(String peer) {
    Map<String, Folder> shared = new LinkedHashMap<>();
    for (FolderSettings each : settings.folders()) {
      Folder folder = folders.get(each.name());
      if (folder != null && each.peers().contains(peer) && folder.halted().isEmpty()) {
        shared.put(each.name(), folder);
      }
    }
    return shared;
  }

  // -- folders
  // -----------------------------------------------------------------------------------------

  private void startFolder(FolderSettings folder) {
    startFolder(folder, Optional.empty());
  }

  private void startFolder(FolderSettings folder, Optional<Resume> resume) {
    List<Closeable> opened = new ArrayList<>();
    try {
      var volume = resources.volume(folder);
      opened.add(volume);
      var store = resources.store(folder);
      opened.add(store);
      var watcher = resources.watcher(folder, volume);
      opened.add(watcher);
      Folder started =
          new Folder(
              folder,
              settings.name(),
              volume,
              store,
              watcher,
              environment,
              signatures,
              resources.trial(),
              resume,
              () -> lane.execute(() -> halted(folder)));
      opened.clear();
      opened.add(started);
      started.start();
      folders.put(folder.name(), started);
      if (waiting.remove(folder.name()) != null) {
        LOG.info("folder {} goes on", folder.name());
      }
      for (String peer : folder.peers()) {
        PeerLink link = links.get(peer);
        if (link != null) {
          link.join(folder.name(), started);
        }
      }
      if (closed && folders.remove(folder.name(), started)) {
        closeQuietly(started);
      }
    } catch (IOException | RuntimeException e) {
      folders.remove(folder.name());
      for (Closeable each : opened.reversed()) {
        closeQuietly(each);
      }
      if (!(e instanceof IOException || e instanceof UncheckedIOException)) {
        LOG.error("folder {} cannot start; this is a defect", folder.name(), e);
      }
      String reason = explain(folder, e);
      if (!reason.equals(waiting.put(folder.name(), reason))) {
        complaint.accept("folder " + folder.name() + " cannot start: " + reason);
      }
    }
  }

  private static String explain(FolderSettings folder, Exception e) {
    return switch (e) {
      case UncheckedIOException _ when e.getCause() instanceof IOException cause ->
          explain(folder, cause);
      case RuntimeException _ -> e.toString();
      case java.nio.file.NoSuchFileException _ ->
          "its root "
              + folder.root()
              + " does not exist; make it or mount it, and it starts by itself";
      case java.nio.file.NotDirectoryException _ ->
          "its root " + folder.root() + " is not a directory";
      case java.nio.file.AccessDeniedException _ ->
          "its root " + folder.root() + " may not be used by this account: permission denied";
      case io.dirsync.fs.ReadOnlyException _ ->
          "its root " + folder.root() + " is on a read-only file system";
      case io.dirsync.fs.DiskFullException _ ->
          "the file system of its root " + folder.root() + " is full";
      default -> String.valueOf(e.getMessage());
    };
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.debug("closing: {}", e.toString());
    } catch (RuntimeException e) {
      // Whatever it is, the others are closed as they should be.
      LOG.warn("while closing", e);
    }
  }

  private void halted(FolderSettings settingsOf) {
    Folder folder = folders.remove(settingsOf.name());
    if (folder == null) {
      return;
    }
    String reason = folder.halted().orElse("it was halted");
    waiting.put(settingsOf.name(), reason);
    for (String peer : settingsOf.peers()) {
      PeerLink link = links.get(peer);
      if (link != null) {
        link.leave(
            settingsOf.name(),
            "folder " + settingsOf.name() + " is halted there: " + shorten(reason));
      }
    }
    environment.workers().execute(() -> closeQuietly(folder));
  }

  private static String shorten(String reason) {
    return reason.length() > 512 ? reason.substring(0, 512) : reason;
  }

  private void superviseLater() {
    lane.after(
        FOLDER_AGAIN,
        () -> {
          if (!closed) {
            for (FolderSettings folder : settings.folders()) {
              if (!folders.containsKey(folder.name())) {
                startFolder(folder);
              }
            }
            superviseLater();
          }
        });
  }

  // -- what operators ask
  // ------------------------------------------------------------------------------

  public NodeId id() {
    return id;
  }

  @Override
  public NodeStatus status() {
    List<FolderStatus> list = new ArrayList<>();
    for (FolderSettings each : settings.folders()) {
      Folder folder = folders.get(each.name());
      list.add(folder == null ? stopped(each) : folder.status(peers(each, folder)));
    }
    return NodeStatus.of(settings.name(), id.toString(), list);
  }

  private FolderStatus stopped(FolderSettings folder) {
    String reason = waiting.getOrDefault(folder.name(), "it is starting");
    boolean starting = !waiting.containsKey(folder.name());
    return new FolderStatus(
        folder.name(),
        folder.root().toString(),
        starting ? State.SCANNING : State.HALTED,
        starting ? null : reason,
        List.of(),
        List.of(),
        0,
        0,
        0,
        0,
        0,
        peers(folder, null),
        folder.mode(),
        0,
        NodeStatus.Ancestors.NONE);
  }

  private List<PeerStatus> peers(FolderSettings settingsOf, @Nullable Folder folder) {
    List<PeerStatus> list = new ArrayList<>();
    for (String name : settingsOf.peers()) {
      PeerLink link = links.get(name);
      if (link == null) {
        continue;
      }
      Behind behind = folder == null ? Behind.NOTHING : folder.behind(name);
      Connection.Traffic traffic = link.traffic();
      String trouble = link.trouble().orElse(folder == null ? null : folder.refusal(name));
      double lag =
          behind.sinceMillis() == 0
              ? 0
              : Math.max(0, environment.clock().millis() - behind.sinceMillis()) / 1000.0;
      list.add(
          new PeerStatus(
              name,
              link.connected(),
              behind.files(),
              behind.countsChanges(),
              behind.bytes(),
              lag,
              traffic.sentBytes(),
              traffic.receivedBytes(),
              trouble,
              link.sinceMillis()));
    }
    return list;
  }

  private IllegalArgumentException noFolder(String name) {
    return noFolder(name, settings.folders().stream().map(FolderSettings::name).toList());
  }

  static IllegalArgumentException noFolder(String name, List<String> names) {
    return new IllegalArgumentException(
        "there is no folder '"
            + name
            + "' here"
            + (names.isEmpty() ? "" : "; there are: " + String.join(", ", names)));
  }

  private Folder require(String name) {
    Folder folder = folders.get(name);
    if (folder != null) {
      return folder;
    }
    boolean configured = settings.folders().stream().anyMatch(each -> each.name().equals(name));
    if (configured) {
      throw new IllegalStateException("folder " + name + " does not run: " + whyStopped(name));
    }
    throw noFolder(name);
  }

  private String whyStopped(String name) {
    return waiting.getOrDefault(name, "it is starting");
  }

  @Override
  public CompletableFuture<Scanned> scan(String name) {
    try {
      Folder folder = require(name);
      return folder
          .whileItRuns(folder.scan())
          .thenApply(result -> new Scanned(result.entries(), result.changed()));
    } catch (IllegalArgumentException | IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public List<Drifted> drift(String name) {
    return require(name).drifted();
  }

  @Override
  public CompletableFuture<Long> revert(String name) {
    try {
      Folder folder = require(name);
      return folder.whileItRuns(folder.revert());
    } catch (IllegalArgumentException | IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Resumed> resume(String name, Resume how) {
    CompletableFuture<Resumed> result = new CompletableFuture<>();
    lane.execute(
        () -> {
          Optional<FolderSettings> folder =
              settings.folders().stream().filter(each -> each.name().equals(name)).findFirst();
          if (folder.isEmpty()) {
            result.completeExceptionally(noFolder(name));
          } else if (folders.containsKey(name)) {
            result.completeExceptionally(
                new IllegalStateException("folder " + name + " runs: there is nothing to resume"));
          } else {
            if (how == Resume.AS_NEW) {
              beginAnew(folder.get());
            } else {
              startFolder(folder.get(), Optional.of(how));
            }
            Folder resumed = folders.get(name);
            if (resumed != null) {
              result.complete(resumed.resumed());
            } else {
              result.completeExceptionally(
                  new IllegalStateException(
                      "folder " + name + " still cannot run: " + waiting.get(name)));
            }
          }
        });
    return result;
  }

  @Override
  public CompletableFuture<Decided> decide(String name, boolean putBack) {
    try {
      Folder folder = require(name);
      return folder.whileItRuns(folder.held().decide(putBack));
    } catch (IllegalArgumentException | IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void beginAnew(FolderSettings folder) {
    try {
      boolean twin;
      try (var store = resources.store(folder)) {
        twin = Twin.of(store).isPresent();
      }
      if (twin) {
        LOG.warn("folder {} begins anew, and compares with its peers", folder.name());
        resources.forget(folder);
        startFolder(folder);
      }
    } catch (IOException | RuntimeException e) {
      waiting.put(folder.name(), "its database cannot be begun anew: " + explain(folder, e));
    }
  }

  @Override
  public CompletableFuture<Flushed> flush(Optional<String> name, Duration timeout) {
    CompletableFuture<Flushed> result = new CompletableFuture<>();
    lane.after(
        timeout,
        () ->
            result.completeExceptionally(
                new TimeoutException("not all peers have everything yet")));
    lane.execute(() -> flush(name, result));
    return result;
  }

  private void flush(Optional<String> name, CompletableFuture<Flushed> result) {
    List<Folder> wanted = new ArrayList<>();
    Map<String, String> halted = new LinkedHashMap<>();
    try {
      if (name.isPresent()) {
        wanted.add(require(name.get()));
      } else {
        wanted.addAll(running());
        for (FolderSettings each : settings.folders()) {
          if (!folders.containsKey(each.name())) {
            halted.put(each.name(), whyStopped(each.name()));
          }
        }
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      result.completeExceptionally(e);
      return;
    }
    new Flush(lane, links, wanted, halted, result).start();
  }

  @Override
  public List<Conflict> conflicts() {
    return ConflictDesk.list(running());
  }

  @Override
  public CompletableFuture<List<Settled>> resolve(Set<String> ids, Keep keep, boolean trial) {
    return desk.resolve(running(), ids, keep, trial);
  }

  @Override
  public CompletableFuture<List<Settled>> undo(Set<String> ids) {
    return desk.undo(running(), ids);
  }

  @Override
  public Explained why(String path) {
    FolderPaths.Located located = FolderPaths.locate(settings.folders(), path);
    if (located.path().isRoot()) {
      throw new IllegalArgumentException("this is a folder's root; name a path below it");
    }
    return require(located.folder().name()).history().why(located.path());
  }

  @Override
  public History log(String path, long sinceMillis, int most) {
    FolderPaths.Located located = FolderPaths.locate(settings.folders(), path);
    return require(located.folder().name()).history().log(located.path(), sinceMillis, most);
  }

  /** The folders that run, as they are configured. */
  private List<Folder> running() {
    List<Folder> list = new ArrayList<>();
    for (FolderSettings each : settings.folders()) {
      Folder folder = folders.get(each.name());
      if (folder != null) {
        list.add(folder);
      }
    }
    return list;
  }

  @Override
  public byte[] read(String folder, RelativePath file, int bytesMax) throws IOException {
    return require(folder).read(file, bytesMax);
  }

  /** Whether a folder does not run, and not because it is just starting. */
  boolean troubled(String name) {
    return waiting.containsKey(name);
  }

  /** A running folder; for those who drive a node in the same process. */
  Optional<Folder> folder(String name) {
    return Optional.ofNullable(folders.get(name));
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    lane.close();
    links.values().forEach(PeerLink::close);
    for (String name : List.copyOf(folders.keySet())) {
      Folder folder = folders.remove(name);
      if (folder != null) {
        closeQuietly(folder);
      }
    }
    signatures.close();
    closeQuietly(transport);
  }
}
