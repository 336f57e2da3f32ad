package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.DeleteBrake.Side;
import io.dirsync.engine.DeleteBrake.State;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When deletions go, and when they wait. */
final class DeleteBrakeTest {
  private static final MaxDelete BOUNDS = new MaxDelete(25, 10);

  private final MemoryFolderStore store = new MemoryFolderStore();
  private final Clock clock = new Clock();
  private int files;

  private DeleteBrake brake() {
    return brake(BOUNDS);
  }

  private DeleteBrake brake(MaxDelete bounds) {
    return new DeleteBrake("www", Side.HERE, bounds, store, clock, this::write);
  }

  private void write(Planner.Change change) {
    try (Transaction transaction = store.begin()) {
      change.on(transaction);
      transaction.commit(Durability.DISK);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has the folder show so many files. */
  private void show(int count) {
    write(
        transaction -> {
          for (; files < count; files++) {
            transaction.put(record(files));
          }
          for (; files > count; files--) {
            transaction.put(PathRecord.empty(record(files - 1).path()));
          }
        });
  }

  private static PathRecord record(int number) {
    Dot dot = new Dot(new ReplicaId("a", 1), number + 1);
    return new PathRecord(
        RelativePath.of("f" + number),
        new Shown(
            new Content.File(new ContentHash(number, 0, 0, 0), 1),
            new Attributes(0644, 1),
            Set.of(dot),
            Set.of()),
        new Fingerprint(1, 1, 1, 1, false),
        List.of());
  }

  /** Deletes files one by one; how many could be. */
  private int delete(DeleteBrake brake, int count) {
    int deleted = 0;
    while (deleted < count && brake.passes(1)) {
      deleted++;
      show(files - 1);
    }
    return deleted;
  }

  @ParameterizedTest
  @CsvSource({
    "100, 25, OPEN",
    "100, 26, HELD",
    "40, 10, OPEN",
    "20, 10, OPEN",
    "20, 11, HELD",
    "11, 11, HELD",
    "10, 10, OPEN",
  })
  void aBatchIsHeldIfItIsMoreThanBothBounds(int of, int deleted, State expected) {
    show(of);
    DeleteBrake brake = brake();
    assertThat(brake.passes(deleted)).isEqualTo(expected == State.OPEN);
    assertThat(brake.state()).isEqualTo(expected);
  }

  @Test
  void deletionsOneByOneCountAgainstTheFilesThatThereWere() {
    show(100);
    assertThat(delete(brake(), 100)).isEqualTo(25);
  }

  @Test
  void whatHasPassedAndIsNotRecordedYetDoesNotAddToTheFilesThatThereWere() {
    show(100);
    DeleteBrake brake = brake();
    int passed = 0;
    while (passed < 100 && brake.passes(1)) {
      passed++;
    }
    assertThat(passed).isEqualTo(25);
  }

  @Test
  void whatIsForeseenToBeTooMuchIsHeldFromTheFirst() {
    show(100);
    DeleteBrake brake = brake();
    brake.foresee(26);
    assertThat(brake.passes(1)).isFalse();
  }

  @Test
  void deletionsInSmallBatchesCountTogetherUntilTimeHasPassed() {
    show(100);
    DeleteBrake brake = brake();
    assertThat(delete(brake, 20)).isEqualTo(20);
    clock.pass(DeleteBrake.WINDOW.plusSeconds(1));
    assertThat(delete(brake, 20)).isEqualTo(5);
    DeleteBrake other = brake();
    other.open();
    show(100);
    assertThat(delete(other, 20)).isEqualTo(20);
    clock.pass(DeleteBrake.WINDOW.multipliedBy(2));
    assertThat(delete(other, 20)).isEqualTo(20);
  }

  @Test
  void aHundredPercentHoldNothing() {
    show(100);
    assertThat(brake(new MaxDelete(100, 0)).passes(100)).isTrue();
  }

  @Test
  void whatIsHeldOrDecidedIsSoAfterARestart() {
    show(100);
    brake().passes(50);
    assertThat(brake().state()).isEqualTo(State.HELD);
    assertThat(brake().passes(1)).isFalse();
    brake().decide(State.APPROVED);
    assertThat(brake().passes(50)).isTrue();
    brake().open();
    assertThat(brake().state()).isEqualTo(State.OPEN);
  }

  @Test
  void theBrakeForPeersIsAnotherOne() {
    show(100);
    brake().passes(50);
    DeleteBrake peers = new DeleteBrake("www", Side.PEERS, BOUNDS, store, clock, this::write);
    assertThat(peers.state()).isEqualTo(State.OPEN);
  }

  @Test
  void aFolderWithFewFilesIsNotCounted() {
    show(10);
    assertThat(brake().isIdle()).isTrue();
    show(11);
    assertThat(brake().isIdle()).isFalse();
  }

  @Test
  void boundsAreBounds() {
    for (int percent : new int[] {-1, 101}) {
      assertThatThrownBy(() -> new MaxDelete(percent, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new MaxDelete(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static final class Clock implements Environment {
    private Duration passed = Duration.ofNanos(1);

    void pass(Duration time) {
      passed = passed.plus(time);
    }

    @Override
    public InstantSource clock() {
      throw new AssertionError("somebody may set it back");
    }

    @Override
    public long elapsedNanos() {
      return passed.toNanos();
    }

    @Override
    public Lane lane(String name) {
      throw new AssertionError("no lane is needed");
    }

    @Override
    public Executor workers() {
      throw new AssertionError("no worker is needed");
    }

    @Override
    public RandomGenerator random() {
      throw new AssertionError("nothing is left to chance");
    }

    @Override
    public Optional<String> boot() {
      return Optional.empty();
    }
  }
}
