package io.dirsync.engine.scan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Lane;
import io.dirsync.engine.OneThread;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.TransferBounds;
import io.dirsync.engine.scan.ScanSink.Answer;
import io.dirsync.engine.scan.ScanSink.Verdict;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When a scanner looks, and the order in which it reports what it finds. */
final class ScannerTest {
  private static final int TREE_PATHS_MAX = 100;
  private static final TransferBounds BOUNDS =
      new TransferBounds(1 << 16, 1 << 16, 1 << 14, 1 << 16, 1 << 16, 1 << 20, TREE_PATHS_MAX);

  private final OneThread environment = new OneThread();
  private final MemoryVolume volume = new MemoryVolume(environment.clock());
  private final MemoryFolderStore store = new MemoryFolderStore();
  private final Sink sink = new Sink();
  private final List<Duration> waits = new ArrayList<>();
  private final Scanner scanner =
      new Scanner(
          volume,
          store,
          IgnoreRules.of(List.of()),
          false,
          new Signatures(BOUNDS, environment),
          environment,
          new Timed(),
          sink);

  @Test
  void aFileThatMovedOntoWhatWasJustChangingLosesItsOldNameLast() throws IOException {
    write("old", "of a user");
    environment.settle();
    environment.pass();
    sink.reported.clear();
    volume.user().rename(bytes("old"), bytes("new"));
    sink.overtake(1);
    scanner.hint(new Hint.Moved(bytes("old"), bytes("new"), false));
    environment.settle();
    assertThat(sink.reported).containsExactly("Moved new", "Moved new");
  }

  @Test
  void aFileThatMovedWhereSomebodyIsLookingLosesItsOldNameLast() throws IOException {
    write("old", "of a user");
    environment.settle();
    environment.pass();
    sink.reported.clear();
    volume.user().rename(bytes("old"), bytes("new"));
    scanner.hint(new Hint.Touched(bytes("new")));
    scanner.hint(new Hint.Moved(bytes("old"), bytes("new"), false));
    environment.settle();
    assertThat(sink.reported).containsExactly("Moved new");
  }

  @Test
  void theFilesOfADirectoryThatMovedOntoWhatWasJustChangingLoseTheirOldNamesLast()
      throws IOException {
    volume.user().mkdir(bytes("old"));
    scanner.hint(new Hint.Closed(bytes("old")));
    write("old/1", "of a user");
    write("old/2", "of another");
    environment.settle();
    environment.pass();
    sink.reported.clear();
    volume.user().rename(bytes("old"), bytes("new"));
    sink.overtake(1);
    scanner.hint(new Hint.Moved(bytes("old"), bytes("new"), true));
    List<String> then = new ArrayList<>();
    var unused = scanner.fence().thenRun(() -> then.addAll(sink.reported));
    environment.settle();
    assertThat(sink.reported)
        .containsExactly(
            "MovedTree new", "Present new", "Moved new/1", "Moved new/2", "Absent old");
    assertThat(then).as("before who waits for all of it goes on").isEqualTo(sink.reported);
  }

  @Test
  void aLargeDirectoryThatMovedIsReportedSomeFilesAtATime() throws IOException {
    volume.user().mkdir(bytes("old"));
    volume.user().mkdir(bytes("old/in"));
    for (int i = 0; i <= TREE_PATHS_MAX; i++) {
      volume.user().write(bytes("old/in/" + i), bytes("of a user " + i));
    }
    scanner.hint(new Hint.Rescan(bytes("")));
    environment.settle();
    environment.pass();
    sink.reported.clear();
    volume.user().rename(bytes("old"), bytes("new"));
    scanner.hint(new Hint.Moved(bytes("old"), bytes("new"), true));
    environment.settle();
    assertThat(sink.reported).filteredOn(each -> each.startsWith("MovedTree")).hasSize(5);
    assertThat(sink.reported)
        .filteredOn(each -> !each.startsWith("MovedTree"))
        .containsExactlyInAnyOrder("Present new", "Present new/in", "Absent old/in", "Absent old");
    assertThat(store.record(RelativePath.of("new/in/7")).shown()).isNotNull();
    assertThat(store.record(RelativePath.of("old/in/7")).shown()).isNull();
  }

  @Test
  void whoWaitsForEverythingToBeLookedAtWaitsForTheOldNameToo() throws IOException {
    write("old", "of a user");
    environment.settle();
    environment.pass();
    sink.reported.clear();
    volume.user().rename(bytes("old"), bytes("new"));
    volume.user().symlink(bytes("new"), bytes("old"));
    sink.overtake(1);
    scanner.hint(new Hint.Moved(bytes("old"), bytes("new"), false));
    List<String> then = new ArrayList<>();
    var unused = scanner.fence().thenRun(() -> then.addAll(sink.reported));
    environment.settle();
    assertThat(then).contains("Present old");
  }

  @Test
  void aFileThatIsAppendedToOnAndOnIsReadAfterFiveSeconds() throws IOException {
    assertThat(secondsUntilReported(() -> {})).isBetween(4.8, 5.6);
  }

  @Test
  void aFileThatGrowsWheneverItIsReadIsTakenAsItIsAfterFiveSeconds() throws IOException {
    assertThat(
            secondsUntilReported(
                () ->
                    volume.setStepHook(
                        (operation, path) -> {
                          if (operation == Operation.READ) {
                            append();
                          }
                        })))
        .isBetween(5.0, 5.8);
  }

  /** While somebody appends every 200 ms and does not close the file. */
  private double secondsUntilReported(Runnable first) throws IOException {
    Duration each = Duration.ofMillis(200);
    environment.setWait(each);
    volume.user().write(bytes("file"), bytes("line"));
    first.run();
    long begin = environment.elapsedNanos();
    scanner.hint(new Hint.Touched(bytes("file")));
    environment.runAll();
    while (sink.reported.isEmpty() && environment.elapsedNanos() - begin < 60e9) {
      append();
      scanner.hint(new Hint.Touched(bytes("file")));
      environment.endWaits();
    }
    assertThat(sink.reported).containsExactly("Present file");
    return (environment.elapsedNanos() - begin) / 1e9;
  }

  private void append() {
    try {
      volume.user().append(bytes("file"), bytes("line"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void whatDirsyncItselfIsChangingIsReadOnceThatIsRecorded() throws IOException {
    write("file", "of a user");
    List<Operation> steps = new ArrayList<>();
    volume.setStepHook((operation, path) -> steps.add(operation));
    sink.changing = true;
    environment.settle();
    assertThat(steps).doesNotContain(Operation.OPEN, Operation.STAT);
    sink.changing = false;
    sink.changed.removeFirst().taken(Answer.AGAIN);
    environment.settle();
    assertThat(sink.reported).containsExactly("Present file");
  }

  @Test
  void whileManyHintsComeTheyAreGatheredForATenthOfASecondAndAllTaken() throws IOException {
    hintOften();
    environment.runAll();
    write("one", "of a user");
    write("two", "of another");
    environment.runAll();
    assertThat(waits).containsExactly(Duration.ofMillis(100));
    assertThat(sink.reported).isEmpty();
    environment.settle();
    assertThat(sink.reported).containsExactly("Present one", "Present two");
  }

  @Test
  void thatTheRootIsGoneIsTakenAtOnceHoweverManyHintsCome() {
    hintOften();
    environment.runAll();
    scanner.hint(new Hint.Touched(bytes("another")));
    scanner.hint(new Hint.RootGone());
    environment.runAll();
    assertThat(sink.reported).containsExactly(Sink.ROOT_GONE);
  }

  /** As many as are taken one by one in a second. */
  private void hintOften() {
    for (int i = 0; i < HintRate.HIGH; i++) {
      scanner.hint(new Hint.Touched(bytes("nothing")));
    }
  }

  @Test
  void whatWasSeenInADirectoryThatWentBeforeItWasRecordedIsLookedAtAgain() throws IOException {
    volume.user().mkdir(bytes("directory"));
    sink.waiting = new ArrayList<>();
    write("directory/file", "of a user");
    environment.runAll();
    volume.user().remove(bytes("directory"));
    scanner.hint(new Hint.Touched(bytes("directory")));
    environment.runAll();
    sink.goOn();
    environment.settle();
    assertThat(sink.reported).containsExactly("Present directory/file", "Absent directory/file");
  }

  private void write(String path, String content) throws IOException {
    volume.user().write(bytes(path), bytes(content));
    scanner.hint(new Hint.Closed(bytes(path)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Tells for how long something is to wait. */
  private final class Timed implements Lane {
    @Override
    public void execute(Runnable task) {
      environment.execute(task);
    }

    @Override
    public void after(Duration delay, Runnable task) {
      waits.add(delay);
      environment.after(delay, task);
    }

    @Override
    public void close() {
      environment.close();
    }
  }

  /** Records as a node does, but for what it calls overtaken. */
  private final class Sink implements ScanSink {
    static final String ROOT_GONE = "the root is gone";

    final List<String> reported = new ArrayList<>();
    final List<Verdict> changed = new ArrayList<>();
    boolean changing;

    /** What is recorded once a test says so; null for at once. */
    @Nullable List<Runnable> waiting;

    private int overtaken;

    /** Answers so many observations with AGAIN. */
    void overtake(int observations) {
      overtaken = observations;
    }

    /** Records what waits for that, and all else at once. */
    void goOn() {
      List<Runnable> seen = requireNonNull(waiting);
      waiting = null;
      seen.forEach(Runnable::run);
    }

    @Override
    public void observed(Observation observation, Verdict verdict) {
      reported.add(observation.getClass().getSimpleName() + " " + observation.path());
      if (overtaken > 0) {
        overtaken--;
        verdict.taken(Answer.AGAIN);
      } else if (waiting != null) {
        waiting.add(() -> record(observation, verdict));
      } else {
        record(observation, verdict);
      }
    }

    private void record(Observation observation, Verdict verdict) {
      try (Transaction transaction = store.begin()) {
        Recorder recorder =
            new Recorder(transaction, new ReplicaId("n", 1), environment.nowNanos(), _ -> false);
        boolean done = recorder.record(observation);
        transaction.commit(Durability.PROCESS);
        verdict.taken(done ? Answer.CHANGED : Answer.AGAIN);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public void missing(List<RelativePath> paths) {}

    @Override
    public boolean isChanging(RelativePath path) {
      return changing;
    }

    @Override
    public List<RelativePath> changingIn(RelativePath directory) {
      return List.of();
    }

    @Override
    public void afterChange(RelativePath path, Verdict verdict) {
      changed.add(verdict);
    }

    @Override
    public void unreadable(RelativePath path, String reason) {
      throw new AssertionError(path + ": " + reason);
    }

    @Override
    public void readable(RelativePath path) {}

    @Override
    public List<RelativePath> unreadableBelow(RelativePath directory) {
      return List.of();
    }

    @Override
    public void rootGone() {
      reported.add(ROOT_GONE);
    }
  }
}
