package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GuardedLaneTest implements Lane {
  private final List<RuntimeException> failures = new ArrayList<>();
  private final GuardedLane lane = new GuardedLane(this, failures::add);

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public void after(Duration delay, Runnable task) {
    task.run();
  }

  @Override
  public void close() {}

  @Test
  void whoOwnsTheLaneHearsOfATaskThatFailsAndSoDoesWhoRunsIt() {
    RuntimeException defect = new IllegalStateException("a defect");
    Runnable failing =
        () -> {
          throw defect;
        };
    assertThatThrownBy(() -> lane.execute(failing)).isSameAs(defect);
    assertThatThrownBy(() -> lane.after(Duration.ZERO, failing)).isSameAs(defect);
    assertThatThrownBy(() -> lane.tellAfter(Duration.ZERO, failing)).isSameAs(defect);
    assertThat(failures).containsExactly(defect, defect, defect);
  }
}
