package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeKey;
import io.dirsync.protocol.wire.MessageEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is not let in, what the log says of it, and that the daemon goes on. */
final class StrangersIT {
  /** More than a connection must have lasted for its end to be no failure. */
  private static final Duration STEADY = Duration.ofSeconds(3);

  private static final Duration TOLD_MAX = Duration.ofSeconds(30);
  private static final String REFUSED = "refused a connection from 127.0.0.1";
  private static final byte[] HTTP = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
    Program.script(a.root(), "printf first > first");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
  }

  @Test
  void aPeerThatGreetsAndSendsGarbageThenIsSpokenOfOnceUntilItIsSteady() throws Exception {
    // Of a connection that goes before, the next is not told until it is steady itself.
    await("the first connection to be steady").pollDelay(STEADY).until(() -> true);
    a.stop();
    NodeKey key = NodeKey.load(a.data());
    byte[] hello = MessageEncoder.encode(new Message.Hello(Limits.VERSION, "a", Set.of(), 1));
    byte[] garbage = ByteBuffer.allocate(hello.length + 300).put(hello).put(HTTP).array();
    long connected = b.lines("peer a is connected");
    for (int again = 0; again < 4; again++) {
      Stranger.tls(b.listen(), key, garbage);
    }
    await("b to have said so")
        .atMost(TOLD_MAX)
        .until(() -> b.lines("closing the connection with") >= 1);
    a.start();
    await("b to be with a again")
        .atMost(TOLD_MAX)
        .until(() -> b.lines("peer a is connected") == connected + 2);
    assertThat(b.lines("closing the connection with")).isEqualTo(1);
    assertThat(b.lines("peer a is no longer connected"))
        .as("once when it was stopped, once of the garbage")
        .isEqualTo(2);
    assertGoesOn();
  }

  private void assertGoesOn() throws Exception {
    Program.script(a.root(), "printf then > then");
    TestCluster.converge(a, b);
    assertThat(b.root().resolve("then")).hasContent("then");
  }

  private static String trouble(TestNode node) throws Exception {
    JsonElement trouble = node.peer().get("trouble");
    return trouble.isJsonNull() ? "" : trouble.getAsString();
  }

  @Test
  void aPeerThatIsNotKnownHereIsRefusedAndGetsNothing() throws Exception {
    TestNode c = cluster.node("c");
    c.knows(b);
    c.shares(TestCluster.FOLDER, b);
    c.start();
    await("c to be told why").atMost(TOLD_MAX).until(() -> !trouble(c).isEmpty());
    for (int again = 0; again < 3; again++) {
      Stranger.tls(b.listen(), NodeKey.load(c.data()), new byte[0]);
    }
    assertThat(c.connected()).isFalse();
    assertThat(c.root().resolve("first")).doesNotExist();
    assertThat(b.lines(REFUSED)).as("it is said once").isEqualTo(1);
    assertGoesOn();
  }

  @Test
  void aServerWithAnotherKeyThanTheOneNamedIsNotTalkedTo() throws Exception {
    TestNode c = cluster.node("c");
    // c dials b and takes it for a; b knows c, so that it is c alone that can refuse.
    b.stop();
    b.knows(c);
    b.start();
    c.knows("a", a.id(), b.listen());
    c.shares(TestCluster.FOLDER, a);
    c.start();
    await("c to say why").atMost(TOLD_MAX).until(() -> trouble(c).contains("key"));
    assertThat(c.connected()).isFalse();
    assertThat(c.root().resolve("first")).doesNotExist();
    assertThat(c.lines("peer a cannot be reached")).as("it is said once").isEqualTo(1);
    assertGoesOn();
  }

  @Test
  void aClientWithoutTlsIsHungUpOnAndSpokenOfOnce() throws Exception {
    for (int again = 0; again < 5; again++) {
      Stranger.plain(b.listen(), HTTP);
    }
    assertThat(b.lines(REFUSED)).as("it is said once").isEqualTo(1);
    assertGoesOn();
  }

  @Test
  void manyClientsThatSayNothingDoNotKeepThePeerOut() throws Exception {
    b.stop();
    b.start();
    try (java.util.concurrent.ExecutorService threads =
        java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < 100; client++) {
        threads.submit(
            () -> {
              Stranger.plain(b.listen(), new byte[0]);
              return null;
            });
      }
    }
    assertGoesOn();
  }

  @Test
  void aPeerThatSendsGarbageIsHungUpOnAndSpokenOfOnce() throws Exception {
    a.stop();
    NodeKey key = NodeKey.load(a.data());
    byte[] noise = new byte[300];
    new SplittableRandom(1).nextBytes(noise);
    byte[] hugeLength = ByteBuffer.allocate(300).putInt(Integer.MAX_VALUE).array();
    byte[] wholeFrameOfNoise = ByteBuffer.wrap(noise).putInt(200).array();
    byte[] emptyFrame = new byte[300];
    Set<String> told = new HashSet<>();
    byte[] beginOfAFrame = {0, 0, 0, 9, 1};
    byte[] noHello = HexFormat.of().parseHex("00000008090a037777771009");
    for (byte[] garbage :
        new byte[][] {
          hugeLength, wholeFrameOfNoise, emptyFrame, HTTP, beginOfAFrame, noHello, noHello
        }) {
      Stranger.tls(b.listen(), key, garbage);
      told.add(Arrays.toString(garbage));
      long sent = told.size();
      await("b to have said so")
          .atMost(TOLD_MAX)
          .until(() -> b.lines("closing the connection with") >= sent);
    }
    assertThat(b.lines("closing the connection with"))
        .as("each is said once")
        .isEqualTo(told.size());
    assertThat(b.runs()).isTrue();
    a.start();
    assertGoesOn();
  }
}
