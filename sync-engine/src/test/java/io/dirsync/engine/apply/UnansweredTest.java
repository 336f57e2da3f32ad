package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.session.Requests;
import io.dirsync.model.Content;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A peer that is there and does not send the content that it was asked for. */
final class UnansweredTest {
  private static final int MIB = 1 << 20;
  private static final Duration A_WHILE = Duration.ofSeconds(15);

  private final TransferPair pair = new TransferPair();
  private final byte[] large = random(5 * MIB);

  UnansweredTest() throws IOException {}

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(5).nextBytes(bytes);
    return bytes;
  }

  private static boolean isData(List<Message> messages) {
    return messages.getFirst() instanceof Message.Data;
  }

  private static boolean isSignOfLife(List<Message> messages) {
    return messages.getFirst() instanceof Message.Pong;
  }

  private void begin() throws IOException {
    pair.begin(pair.theyHave(large), null);
    pair.settle();
  }

  private void assertGoesOn() {
    assertThat(pair.unanswered).isNull();
    assertThat(pair.underWay()).isOne();
  }

  private void assertGivenUp() {
    assertThat(pair.unanswered).isEqualTo("peer has sent nothing for 120 s");
    assertThat(pair.failure).isNull();
    assertThat(pair.underWay()).isZero();
  }

  @Test
  void itIsGivenUpWhenPatienceEndsAndNotBefore() throws IOException {
    pair.answered = messages -> isData(messages) ? List.of() : messages;
    begin();
    pair.pass(Requests.PATIENCE.minus(A_WHILE));
    assertGoesOn();
    pair.pass(A_WHILE.multipliedBy(2));
    assertGivenUp();
    assertThat(pair.count(Message.Cancel.class)).isEqualTo(pair.count(Message.Fetch.class));
    int said = pair.said.size();
    pair.pass(Duration.ofHours(1));
    assertThat(pair.said).as("nobody waits any more, so nobody is asked").hasSize(said);
  }

  @Test
  void whatHasComeOfItBeforeIsKeptAndGoneOnWith() throws IOException {
    int[] left = {48};
    pair.answered = messages -> isData(messages) && --left[0] < 0 ? List.of() : messages;
    byte[] larger = random(20 * MIB);
    pair.begin(pair.theyHave(larger), null);
    pair.settle();
    pair.pass(Requests.PATIENCE.plus(A_WHILE));
    assertGivenUp();
    TransferPair second = new TransferPair(pair.ownVolume);
    Content.File content = second.theyHave(larger);
    assertThat(second.fetch(content, null)).isEqualTo(larger);
    assertThat(second.bytes).isLessThan(11L * MIB);
  }

  @Test
  void aPeerThatSendsALittleNowAndThenIsWaitedFor() throws IOException {
    ArrayDeque<Message> held = new ArrayDeque<>();
    pair.answered =
        messages -> {
          if (isData(messages)) {
            held.addAll(messages);
            return List.of();
          }
          return messages;
        };
    Content.File content = pair.theyHave(large);
    pair.begin(content, null);
    pair.settle();
    assertThat(held).hasSizeGreaterThan(15);
    while (!held.isEmpty()) {
      pair.pass(Requests.PATIENCE.minus(A_WHILE));
      assertGoesOn();
      pair.comes(held.remove());
    }
    assertThat(pair.result(content)).isEqualTo(large);
  }

  @Test
  void aPeerWhoseLineOrLimitHoldsContentsBackIsWaitedFor() throws IOException {
    ArrayDeque<Message> held = new ArrayDeque<>();
    pair.answered =
        messages -> {
          if (isData(messages) || isSignOfLife(messages)) {
            held.addAll(messages);
            return List.of();
          }
          return messages;
        };
    Content.File content = pair.theyHave(large);
    pair.begin(content, null);
    pair.settle();
    pair.pass(Duration.ofHours(1));
    assertGoesOn();
    assertThat(pair.count(Message.Ping.class)).isOne();
    List.copyOf(held).forEach(pair::comes);
    assertThat(pair.result(content)).isEqualTo(large);
  }

  @Test
  void aDeltaThatDoesNotComeIsNotAskedForWholeOfTheSamePeer() throws IOException {
    pair.answered = messages -> isData(messages) ? List.of() : messages;
    byte[] old = large.clone();
    old[MIB] ^= 1;
    Basis basis = pair.thisHas(old);
    pair.begin(pair.theyHave(large), basis);
    pair.settle();
    assertThat(pair.count(Message.SignaturePart.class)).isPositive();
    pair.pass(Requests.PATIENCE.plus(A_WHILE));
    assertThat(pair.unanswered).isEqualTo("peer has sent nothing for 120 s");
    assertThat(pair.underWay()).isZero();
    assertThat(pair.count(Message.Fetch.class)).isZero();
    assertThat(pair.count(Message.Cancel.class)).isOne();
  }
}
