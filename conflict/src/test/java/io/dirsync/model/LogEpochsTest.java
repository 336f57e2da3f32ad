package io.dirsync.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogEpochsTest {
  private static LogEpochs of(long... firstsAndIds) {
    LogEpochs.Epoch[] epochs = new LogEpochs.Epoch[firstsAndIds.length / 2];
    for (int i = 0; i < epochs.length; i++) {
      epochs[i] = new LogEpochs.Epoch(firstsAndIds[2 * i], firstsAndIds[2 * i + 1]);
    }
    return new LogEpochs(List.of(epochs));
  }

  @Test
  void anEntryBelongsToTheLastRunThatBeganAtItOrBefore() {
    LogEpochs epochs = of(1, 7, 5, 8);
    assertThat(epochs.at(1)).isEqualTo(new Cursor(1, 7));
    assertThat(epochs.at(4)).isEqualTo(new Cursor(4, 7));
    assertThat(epochs.at(5)).isEqualTo(new Cursor(5, 8));
    assertThat(epochs.at(500)).isEqualTo(new Cursor(500, 8));
  }

  @Test
  void whoHasReadNothingStandsBeforeEveryRun() {
    assertThat(of(1, 7).at(0)).isEqualTo(Cursor.START);
    assertThat(LogEpochs.NONE.at(0)).isEqualTo(Cursor.START);
  }

  @Test
  void anEntryFromBeforeTheOldestRunThatIsKnownHasNone() {
    assertThat(of(4, 7).at(3)).isEqualTo(new Cursor(3, 0));
  }

  @Test
  void aRunBeginsBehindTheEnd() {
    assertThat(of(1, 7).begin(8, 0, 10)).isEqualTo(of(1, 7, 11, 8));
    assertThat(LogEpochs.NONE.begin(8, 0, 0)).isEqualTo(of(1, 8));
  }

  @Test
  void aRunThatWroteNothingLeavesNothing() {
    assertThat(of(1, 7, 11, 8).begin(9, 0, 10)).isEqualTo(of(1, 7, 11, 9));
  }

  @Test
  void aRunOfWhichTheLogHoldsNothingAnyMoreIsForgottenButForItsLastEntry() {
    LogEpochs epochs = of(1, 7, 11, 8, 21, 9);
    assertThat(epochs.begin(5, 10, 30)).isEqualTo(of(1, 7, 11, 8, 21, 9, 31, 5));
    assertThat(epochs.begin(5, 11, 30)).isEqualTo(of(11, 8, 21, 9, 31, 5));
    assertThat(epochs.begin(5, 30, 30)).isEqualTo(of(21, 9, 31, 5));
  }

  @Test
  void ofTooManyRunsTheOldestAreForgotten() {
    LogEpochs epochs = LogEpochs.NONE;
    for (int i = 0; i < LogEpochs.EPOCHS_MAX + 5; i++) {
      epochs = epochs.begin(i + 1, 0, i);
    }
    assertThat(epochs.list()).hasSize(LogEpochs.EPOCHS_MAX);
    assertThat(epochs.list().getFirst()).isEqualTo(new LogEpochs.Epoch(6, 6));
    assertThat(epochs.at(5)).isEqualTo(new Cursor(5, 0));
  }

  @Test
  void runsThatAreNotInOrderAreRefused() {
    assertThatThrownBy(() -> of(5, 7, 5, 8)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> of(0, 7)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> of(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
