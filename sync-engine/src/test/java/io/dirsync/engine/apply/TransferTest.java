package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Message;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A peer that sends something else than the stretches that it was asked for. */
final class TransferTest {
  private static final int MIB = 1 << 20;

  private final TransferPair pair = new TransferPair();
  private final byte[] content = new byte[5 * MIB];

  TransferTest() throws IOException {
    new SplittableRandom(5).nextBytes(content);
  }

  /** What comes of the second stretch, whose turn is never: nothing comes of the first. */
  private void fetch(Function<Message.Data, List<Message>> second) throws IOException {
    pair.answered =
        messages ->
            switch (messages.getFirst()) {
              case Message.Data data when data.request() == 1 -> List.of();
              case Message.Data data when data.request() == 2 -> second.apply(data);
              default -> messages;
            };
    pair.begin(pair.theyHave(content), null);
    pair.settle();
  }

  private void assertRefused() {
    assertThat(pair.failure).isEqualTo("the peer sent bytes that nobody asked for");
    assertThat(pair.underWay()).isZero();
  }

  @Test
  void whatComesTwiceOfAStretchThatWaitsIsRefusedAndNotKept() throws IOException {
    fetch(data -> List.of(data, data));
    assertRefused();
  }

  @Test
  void whatLiesBeyondAStretchThatWaitsIsRefused() throws IOException {
    fetch(data -> List.of(new Message.Data(2, 4 * MIB, data.bytes(), false)));
    assertRefused();
  }

  @Test
  void whatLiesBeforeAStretchThatWaitsIsRefused() throws IOException {
    fetch(data -> List.of(new Message.Data(2, 0, data.bytes(), false)));
    assertRefused();
  }

  @Test
  void aStretchThatComesInOrderMayWait() throws IOException {
    fetch(List::of);
    assertThat(pair.failure).isNull();
    assertThat(pair.underWay()).isOne();
  }
}
