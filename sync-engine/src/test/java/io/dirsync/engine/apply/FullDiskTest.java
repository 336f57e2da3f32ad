package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FullDiskTest {
  private final List<String> said = new ArrayList<>();
  private long now = 1;
  private final FullDisk disk = new FullDisk(() -> now, said::add);

  @Test
  void thatItIsFullIsSaidOnceInAWhileThoughSmallFilesFindRoomMeanwhile() {
    for (int i = 0; i < 30; i++) {
      disk.full("the disk is full");
      assertThat(disk.reason()).contains("the disk is full");
      disk.hasRoom();
      assertThat(disk.reason()).isEmpty();
      now += FullDisk.QUIET.toNanos() / 30;
    }
    assertThat(said).hasSize(1);
    now += FullDisk.QUIET.toNanos();
    disk.full("the disk is full");
    assertThat(said).hasSize(2);
  }
}
