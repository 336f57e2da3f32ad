package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RefusalLogTest {
  private final List<String> lines = new ArrayList<>();
  private Instant now = Instant.EPOCH;
  private final RefusalLog log = new RefusalLog(() -> now, lines::add);

  @Test
  void aStrangerWhoTriesEverySecondIsLoggedOnceAnHourWithACount() {
    for (int second = 0; second < 2 * RefusalLog.QUIET.toSeconds(); second++) {
      log.refused("192.0.2.1", "no key");
      now = now.plusSeconds(1);
    }
    assertThat(lines).containsExactly("no key", "no key (3599 more from there were not logged)");
  }

  @Test
  void anotherReasonOrAddressIsSaidAtOnce() {
    log.refused("192.0.2.1", "no key");
    log.refused("192.0.2.1", "no TLS");
    log.refused("192.0.2.2", "no key");
    assertThat(lines).containsExactly("no key", "no TLS", "no key");
  }

  @Test
  void aStrangerWithANewKeyEachTimeGetsFewLines() {
    for (int i = 0; i < 1000; i++) {
      log.refused("192.0.2.1", "key " + i);
    }
    assertThat(lines).hasSize(RefusalLog.REASONS_MAX);
  }

  @Test
  void manyAddressesGetABoundedNumberOfLines() {
    for (int i = 0; i < 10_000; i++) {
      log.refused("2001:db8::" + i, "no key");
    }
    assertThat(lines).hasSize(RefusalLog.LINES_MAX + 1);
    assertThat(lines.getLast()).contains("more connections are refused than are logged");
    now = now.plus(RefusalLog.QUIET);
    log.refused("192.0.2.9", "no key");
    assertThat(lines.getLast()).isEqualTo("no key");
  }
}
