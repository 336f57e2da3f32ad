package io.dirsync.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Bandwidth.Pacer;
import io.dirsync.protocol.Bandwidth.Rates;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BandwidthTest {
  private static final long SECOND = 1_000_000_000L;
  private static final NodeId ONE = id(1);
  private static final NodeId OTHER = id(2);

  private long now;
  private final Bandwidth bandwidth = new Bandwidth(() -> now);
  private final List<Long> toldOne = new ArrayList<>();
  private final List<Long> toldOther = new ArrayList<>();

  private static NodeId id(int number) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) number;
    return NodeId.of(bytes);
  }

  /** Sends pieces as soon as each may go, for so many seconds; returns the bytes sent. */
  private long send(Pacer pacer, int pieceBytes, int seconds) {
    long sent = 0;
    long end = now + seconds * SECOND;
    while (true) {
      now += pacer.nanosUntilContents();
      if (now >= end) {
        return sent;
      }
      pacer.spend(pieceBytes);
      sent += pieceBytes;
    }
  }

  @Test
  void withoutALimitNothingWaits() {
    Pacer pacer = bandwidth.join(ONE, toldOne::add);
    pacer.spend(1L << 40);
    assertThat(pacer.nanosUntilContents()).isZero();
    assertThat(toldOne).isEmpty();
  }

  @Test
  void overTenSecondsTheLimitIsKeptWithinAPieceAndWhatWasSavedUp() {
    bandwidth.set(new Rates(1_000_000, 0), Map.of());
    Pacer pacer = bandwidth.join(ONE, toldOne::add);
    assertThat(send(pacer, 100_000, 10)).isBetween(10_000_000L, 10_200_000L);
  }

  @Test
  void aPieceLargerThanASecondsBytesGoesOutWholeAndIsPaidForAfterwards() {
    bandwidth.set(new Rates(1_000, 0), Map.of());
    Pacer pacer = bandwidth.join(ONE, toldOne::add);
    pacer.spend(10_050);
    assertThat(pacer.nanosUntilContents()).isBetween(10 * SECOND, 10 * SECOND + SECOND / 100);
  }

  @Test
  void allPeersTogetherKeepToTheLimitOverAll() {
    bandwidth.set(new Rates(1_000_000, 0), Map.of());
    Pacer one = bandwidth.join(ONE, toldOne::add);
    Pacer other = bandwidth.join(OTHER, toldOther::add);
    one.spend(2_000_000);
    assertThat(other.nanosUntilContents()).isGreaterThan(SECOND);
  }

  @Test
  void aPeersOwnLimitHoldsForItAlone() {
    bandwidth.set(Rates.NONE, Map.of(ONE, new Rates(1_000, 0)));
    Pacer one = bandwidth.join(ONE, toldOne::add);
    Pacer other = bandwidth.join(OTHER, toldOther::add);
    one.spend(1_000_000);
    other.spend(1_000_000);
    assertThat(one.nanosUntilContents()).isPositive();
    assertThat(other.nanosUntilContents()).isZero();
  }

  @Test
  void whatThePeerAskedForHoldsToo() {
    Pacer pacer = bandwidth.join(ONE, toldOne::add);
    pacer.asked(1_000_000);
    assertThat(send(pacer, 100_000, 10)).isBetween(10_000_000L, 10_200_000L);
    pacer.asked(0);
    assertThat(pacer.nanosUntilContents()).isZero();
  }

  @Test
  void theLogGoesOnWhereContentsWaitUntilThereIsMuchOfIt() {
    bandwidth.set(new Rates(10_000_000, 0), Map.of());
    Pacer pacer = bandwidth.join(ONE, toldOne::add);
    pacer.spend(5_000_000);
    assertThat(pacer.nanosUntilContents()).isPositive();
    assertThat(pacer.nanosUntilLog()).isZero();
    pacer.spend(10_000_000);
    assertThat(pacer.nanosUntilLog()).isPositive();
  }

  @Test
  void peersAreToldTheirPartOfWhatMayComeIn() {
    bandwidth.set(new Rates(0, 1_000), Map.of(OTHER, new Rates(0, 300)));
    Pacer one = bandwidth.join(ONE, toldOne::add);
    Pacer other = bandwidth.join(OTHER, toldOther::add);
    other.leave();
    bandwidth.set(Rates.NONE, Map.of());
    one.leave();
    assertThat(toldOne).containsExactly(1_000L, 500L, 1_000L, 0L);
    assertThat(toldOther).containsExactly(300L);
  }

  @Test
  void aHigherLimitLetsGoWhatWaitedForTheLower() {
    bandwidth.set(new Rates(1, 0), Map.of());
    Pacer pacer = bandwidth.join(ONE, toldOne::add);
    pacer.spend(1_000_000);
    bandwidth.set(new Rates(1_000_000, 0), Map.of());
    assertThat(pacer.nanosUntilContents()).isLessThan(2 * SECOND);
  }
}
