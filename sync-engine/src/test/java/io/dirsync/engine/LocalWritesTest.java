package io.dirsync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.conflict.Merge;
import io.dirsync.conflict.Rendering;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.scan.Observation;
import io.dirsync.engine.scan.ScanSink.Answer;
import io.dirsync.engine.scan.Scanner;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of what is seen where dirsync itself is changing the disk. */
final class LocalWritesTest {
  private static final ReplicaId OWN = new ReplicaId("own", 1);
  private static final ReplicaId PEER = new ReplicaId("peer", 1);
  private static final RelativePath FILE = RelativePath.of("file");
  private static final Attributes ATTRIBUTES = new Attributes(0644, 5);
  private static final long RECENT_BYTES = 1000;

  private final OneThread environment = new OneThread();
  private final MemoryVolume volume = new MemoryVolume(environment.clock());
  private final MemoryFolderStore store = new MemoryFolderStore();
  private final RecentContents recent = new RecentContents(RECENT_BYTES);
  private final Signatures signatures = new Signatures(TransferBounds.USUAL, environment);
  private final Node node = new Node();
  private final FolderWriter writer =
      new FolderWriter(store, environment, environment, OWN, LogEpochs.NONE, node);
  private final Planner planner =
      new Planner(
          volume,
          store,
          environment,
          environment,
          recent,
          signatures,
          false,
          brake(DeleteBrake.Side.PEERS),
          node);
  private final LocalWrites local =
      new LocalWrites(
          "www",
          writer,
          planner,
          environment,
          environment,
          recent,
          Optional.empty(),
          new LocalDeletions(brake(DeleteBrake.Side.HERE), node::recheck),
          node::recheck,
          () -> {
            throw new AssertionError("the root is gone");
          });
  private final Scanner scanner =
      new Scanner(
          volume,
          store,
          IgnoreRules.of(List.of()),
          false,
          signatures,
          environment,
          environment,
          local);

  private long peersWrites;

  private DeleteBrake brake(DeleteBrake.Side side) {
    return new DeleteBrake("www", side, MaxDelete.ALL, store, environment, writer::write);
  }

  @BeforeEach
  void makeRoot() throws IOException {
    Layout.create(volume);
  }

  @Test
  void whatIsSeenInTheMidstOfAChangeIsNotTakenForAUsersWrite() {
    List<String> answers = new ArrayList<>();
    onceNamed(
        () -> {
          // Else it would be known for what is wanted there.
          receive("second");
          local.observed(
              seen("first"),
              answer ->
                  answers.add(answer + " once " + store.record(FILE).shown() + " is recorded"));
        });
    Dot first = receive("first");
    environment.settle();
    assertThat(answers)
        .singleElement()
        .asString()
        .startsWith(Answer.AGAIN.name())
        .contains(first.toString());
    assertThat(store.vector().counter(OWN)).as("own writes").isZero();
    assertThat(shown()).isEqualTo(file("second"));
  }

  @Test
  void whatAUserWritesInTheMidstOfAChangeIsReadAndRecordedOnceThatIsDone() {
    onceNamed(
        () -> {
          volume.user().write(FILE.bytes(), bytes("a user's"));
          scanner.hint(new Hint.Closed(FILE.bytes()));
        });
    receive("first");
    environment.settle();
    assertThat(store.vector().counter(OWN)).as("own writes").isEqualTo(1);
    assertThat(shown()).isEqualTo(file("a user's"));
  }

  private interface Act {
    void run() throws IOException;
  }

  /** Somebody acts when the file has got its name the first time, before that is recorded. */
  private void onceNamed(Act act) {
    List<Operation> steps = new ArrayList<>();
    volume.setStepHook(
        (operation, _) -> {
          boolean named = !steps.isEmpty() && steps.getLast() == Operation.LINK;
          steps.add(operation);
          if (named && steps.indexOf(Operation.LINK) == steps.size() - 2) {
            assertThat(store.record(FILE).shown()).isNull();
            try {
              act.run();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        });
  }

  /** A peer has written the file, over what it had written before. */
  private Dot receive(String content) {
    recent.put(hash(content), bytes(content));
    Dot dot = new Dot(PEER, ++peersWrites);
    List<Dot> before = dot.counter() == 1 ? List.of() : List.of(new Dot(PEER, dot.counter() - 1));
    Version version =
        new Version(dot, FILE, file(content), ATTRIBUTES, dot.counter(), before, null, false);
    writer.write(
        transaction -> {
          Event event = new Event(List.of(version), Set.copyOf(before), Set.of());
          writer.append(transaction, Merge.take(transaction, event, false).news(), PEER);
          planner.evaluate(transaction, FILE, planner.newTicket());
        });
    return dot;
  }

  /** As by a look that began before anything stood there. */
  private Observation seen(String content) {
    return new Observation.Present(
        FILE,
        PathRecord.empty(FILE),
        file(content),
        ATTRIBUTES,
        new Fingerprint(1, content.length(), 5, 5, false),
        null);
  }

  private Content shown() {
    return requireNonNull(store.record(FILE).shown()).content();
  }

  private static Content.File file(String content) {
    return new Content.File(hash(content), content.length());
  }

  private static ContentHash hash(String content) {
    return ContentHasher.hash(bytes(content));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** What holds these parts together in a folder. */
  private final class Node implements Planner.Host, FolderWriter.Listener {
    @Override
    public void write(Planner.Change change) {
      writer.write(change);
    }

    @Override
    public Optional<Supplier> supplier(int attempt) {
      return Optional.empty();
    }

    @Override
    public void landed(RelativePath path) {
      local.landed(path);
    }

    @Override
    public void satisfied(Transaction transaction, RelativePath path, Rendering rendering) {}

    @Override
    public boolean isGone(RelativePath path) {
      return false;
    }

    @Override
    public void recheck(RelativePath path) {
      scanner.recheck(path);
    }

    @Override
    public void rescan(RelativePath directory) {
      var unused = scanner.walk(directory);
    }

    @Override
    public void settled() {}

    @Override
    public void lost(RelativePath path, ContentHash hash, int attempts) {
      throw new AssertionError("nobody has " + path);
    }

    @Override
    public void diskFull(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void broken(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void committed(boolean logged) {
      planner.run();
    }

    @Override
    public void durable() {}
  }
}
