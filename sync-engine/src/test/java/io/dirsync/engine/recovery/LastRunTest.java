package io.dirsync.engine.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.model.Cursor;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LastRunTest {
  private final MemoryFolderStore store = new MemoryFolderStore();
  private final LastRun run = new LastRun(store);
  private final SplittableRandom random = new SplittableRandom(1);

  private void append(int entries) throws IOException {
    try (Transaction transaction = store.begin()) {
      for (int i = 0; i < entries; i++) {
        transaction.append(new Event(List.of(), Set.of(), Set.of()), null, 1);
      }
      transaction.commit(Durability.DISK);
    }
  }

  @Test
  void entriesOfTwoRunsAreToldApart() throws IOException {
    run.beginEpoch(random);
    append(3);
    Cursor first = run.epochs().at(3);
    run.beginEpoch(random);
    append(2);
    LogEpochs epochs = run.epochs();
    assertThat(epochs.at(3)).isEqualTo(first);
    assertThat(epochs.at(4).epoch()).isNotEqualTo(first.epoch());
    assertThat(epochs.at(5).epoch()).isEqualTo(epochs.at(4).epoch());
  }

  @Test
  void whatWasReadOfARunThatIsForgottenDoesNotStandInTheLogOfTheNext() throws IOException {
    run.beginEpoch(random);
    append(1);
    MemoryFolderStore restored = store.backup();
    append(2);
    Cursor read = run.epochs().at(3);
    LastRun other = new LastRun(restored);
    other.beginEpoch(random);
    assertThat(other.epochs().at(1)).isEqualTo(run.epochs().at(1));
    assertThat(other.epochs().at(3)).isNotEqualTo(read);
  }

  @Test
  void aRunThatNeitherEndedNorSawAnotherBootWasKilled() throws IOException {
    run.begin(Optional.of("one"));
    assertThat(run.end(Optional.of("one"))).isEqualTo(LastRun.End.KILLED);
    assertThat(run.end(Optional.of("two"))).isEqualTo(LastRun.End.POWER_CUT);
    run.close(7);
    assertThat(run.end(Optional.of("two"))).isEqualTo(LastRun.End.CLOSED);
    assertThat(run.synced()).isEqualTo(7);
  }
}
