package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.wire.MessageEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a connection compresses what it sends, and takes what is compressed. */
final class CompressedConnectionTest {
  private static final Set<String> ZSTD = Set.of(Message.Hello.ZSTD);
  private static final Message.Data TEXT =
      new Message.Data(
          1, 0, "some words ".repeat(20_000).getBytes(StandardCharsets.US_ASCII), true);

  private final List<String> refusals = new ArrayList<>();
  private final Bandwidth bandwidth = new Bandwidth();
  private final End here = new End();
  private final End there = new End();

  @AfterEach
  void closeBoth() {
    here.channel.finishAndReleaseAll();
    there.channel.finishAndReleaseAll();
  }

  /** One end, without a network. */
  private final class End implements Connection.Handler {
    final List<Message> messages = new ArrayList<>();
    final NettyConnection connection;
    final EmbeddedChannel channel;

    End() {
      channel = new EmbeddedChannel(new FrameDecoder());
      connection =
          new NettyConnection(
              channel,
              NodeId.of(new byte[32]),
              NodeId.of(new byte[32]),
              new TrafficCounter(),
              Timing.STANDARD,
              new RefusalLog(InstantSource.system(), refusals::add),
              bandwidth,
              _ -> this);
      channel.pipeline().addLast(connection);
      connection.open();
    }

    void hello(Set<String> capabilities) {
      connection.send(new Message.Hello(1, "node", capabilities, 1));
    }

    @Override
    public void onMessage(Message message) {
      messages.add(message);
    }

    @Override
    public void onWritable() {
      // Nothing waits for room.
    }

    @Override
    public void onClosed(String reason) {
      // The frames sent before say why.
    }
  }

  /** Takes over what one end has sent; returns how many bytes that were. */
  private static int carry(End from, End to) {
    from.channel.runPendingTasks();
    int sum = 0;
    ByteBuf frame;
    while ((frame = from.channel.readOutbound()) != null) {
      sum += frame.readableBytes();
      to.channel.writeInbound(frame);
    }
    to.channel.runPendingTasks();
    return sum;
  }

  private void greet(Set<String> hereCan, Set<String> thereCan) {
    here.hello(hereCan);
    there.hello(thereCan);
    carry(here, there);
    carry(there, here);
    here.messages.clear();
    there.messages.clear();
  }

  private static int carry(Message message, End from, End to) {
    from.connection.send(message);
    int bytes = carry(from, to);
    assertThat(to.messages).usingRecursiveComparison().isEqualTo(List.of(message));
    to.messages.clear();
    return bytes;
  }

  @Test
  void whoCanCompressSaysSo() {
    assertThat(here.connection.capabilities()).isEqualTo(ZSTD);
  }

  @Test
  void twoThatBothCanSendEachOtherTextInFewBytes() {
    greet(ZSTD, ZSTD);
    assertThat(carry(TEXT, here, there)).isLessThan(TEXT.bytes().length / 100);
    assertThat(carry(TEXT, there, here)).isLessThan(TEXT.bytes().length / 100);
    assertThat(refusals).isEmpty();
  }

  @Test
  void noiseCostsNoMoreThanWithoutCompression() {
    greet(ZSTD, ZSTD);
    byte[] noise = new byte[200_000];
    new Random(1).nextBytes(noise);
    Message.Data data = new Message.Data(1, 0, noise, true);
    int plain = MessageEncoder.encode(data).length + noise.length;
    assertThat(carry(data, here, there)).isEqualTo(plain);
  }

  @Test
  void aPeerThatCannotIsSentWhatItUnderstandsAndUnderstood() {
    greet(ZSTD, Set.of());
    assertThat(carry(TEXT, here, there)).isGreaterThan(TEXT.bytes().length);
    assertThat(carry(TEXT, there, here)).isGreaterThan(TEXT.bytes().length);
    assertThat(refusals).isEmpty();
  }

  @Test
  void nothingIsCompressedBeforeThePeersHello() {
    here.hello(ZSTD);
    carry(here, there);
    there.messages.clear();
    assertThat(carry(TEXT, here, there)).isGreaterThan(TEXT.bytes().length);
  }

  private static byte[] beginningOfAStream(byte[] bytes) {
    ByteBuffer plain = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    ByteBuffer packed = ByteBuffer.allocateDirect(1024);
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      assertThat(context.compressDirectByteBufferStream(packed, plain, EndDirective.FLUSH))
          .isTrue();
    }
    byte[] stream = new byte[packed.position()];
    packed.flip().get(stream);
    return stream;
  }

  private static ByteBuf ping(int length) {
    byte[] zstd = beginningOfAStream(new byte[] {9, 1, 0, 0, 0, 0, 0, 0, 0});
    return Unpooled.buffer()
        .writeInt(1 + 5 + zstd.length)
        .writeByte(34)
        .writeByte(13)
        .writeInt(length)
        .writeBytes(zstd);
  }

  @Test
  void aCompressedFrameIsTakenFromWhoAgreed() {
    greet(ZSTD, ZSTD);
    here.channel.writeInbound(ping(9));
    carry(here, there);
    assertThat(there.messages).containsExactly(new Message.Pong(1));
  }

  @Test
  void aCompressedFrameFromWhoSaidNothingOfThatEndsTheConnection() {
    greet(ZSTD, Set.of());
    here.channel.writeInbound(ping(9));
    carry(here, there);
    assertThat(there.messages)
        .containsExactly(new Message.Goodbye("a compressed frame came, which was not agreed upon"));
    assertThat(here.channel.isActive()).isFalse();
    assertThat(refusals).singleElement().asString().contains("not agreed upon");
  }

  @Test
  void aCompressedFrameThatNobodyHereHasAskedForEndsTheConnection() {
    greet(Set.of(), ZSTD);
    here.channel.writeInbound(ping(9));
    carry(here, there);
    assertThat(there.messages).singleElement().isInstanceOf(Message.Goodbye.class);
    assertThat(here.channel.isActive()).isFalse();
  }

  @Test
  void aCompressedFrameThatLiesEndsTheConnection() {
    greet(ZSTD, ZSTD);
    here.channel.writeInbound(ping(8));
    carry(here, there);
    assertThat(there.messages).singleElement().isInstanceOf(Message.Goodbye.class);
    assertThat(here.channel.isActive()).isFalse();
    assertThat(refusals).singleElement().asString().contains("more than the 8 bytes");
  }

  @Test
  void theLimitCountsWhatGoesOverTheWire() {
    greet(ZSTD, ZSTD);
    bandwidth.set(new Bandwidth.Rates(TEXT.bytes().length, 0), Map.of());
    // A second's bytes each, were they not compressed; a twentieth of a second may be saved up.
    for (int i = 0; i < 3; i++) {
      here.connection.send(TEXT);
    }
    carry(here, there);
    assertThat(there.messages).hasSize(3);
  }

  @Test
  void whatIsCompressedTakesUpAsMuchOfTheQueueAsItHasBytes() {
    greet(ZSTD, ZSTD);
    for (int i = 0; i < 100; i++) {
      here.connection.send(TEXT);
    }
    assertThat(here.connection.roomForContents()).isTrue();
    carry(here, there);
    assertThat(there.messages).hasSize(100);
    assertThat(Arrays.equals(((Message.Data) there.messages.getLast()).bytes(), TEXT.bytes()))
        .isTrue();
  }
}
