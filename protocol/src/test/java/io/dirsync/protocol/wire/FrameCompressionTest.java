package io.dirsync.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.ProtocolException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is compressed, what is not, and what a peer may not send as compressed. */
final class FrameCompressionTest {
  private static final int MUTATIONS = 20_000;
  private static final byte[] NOTHING = {};

  private final FrameCompressor compressor = new FrameCompressor();
  private final FrameDecompressor decompressor = new FrameDecompressor();
  private final Random random = new Random(3);

  @AfterEach
  void close() {
    compressor.close();
    decompressor.close();
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Words in a random order. */
  private byte[] text(int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(
              "replica peer dot signature delta basis snapshot cursor"
                  .split(" ")[random.nextInt(8)])
          .append(' ')
          .append(random.nextInt(1000));
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
  }

  /** What would be sent of a message: head and content as one. */
  private static byte[] plain(Message message) {
    byte[] head = MessageEncoder.encode(message);
    byte[] content = content(message);
    byte[] plain = Arrays.copyOf(head, head.length + content.length);
    System.arraycopy(content, 0, plain, head.length, content.length);
    return plain;
  }

  private static byte[] content(Message message) {
    return message instanceof Message.Piece piece ? piece.bytes() : NOTHING;
  }

  private byte[] compressed(Message message) {
    return sent(message).orElseThrow(() -> new AssertionError("it goes as it is"));
  }

  /** What is sent of a message; empty if it goes as it is. */
  private Optional<byte[]> sent(Message message) {
    List<Optional<byte[]>> sent = new ArrayList<>();
    compressor.compress(
        MessageEncoder.encode(message),
        content(message),
        frame -> {
          sent.add(Optional.ofNullable(frame));
          return 0;
        });
    assertThat(sent).hasSize(1);
    return sent.getFirst();
  }

  private byte[] decompressed(byte[] frame) throws ProtocolException {
    return decompressor.decompress(Arrays.copyOfRange(frame, 5, frame.length));
  }

  private static Message.LogBatch batch(List<byte[]> contents) {
    return new Message.LogBatch(
        "www",
        List.of(),
        contents.stream()
            .map(content -> new Message.Inline(new ContentHash(1, 2, 3, 4), content))
            .toList(),
        1,
        2,
        null);
  }

  private List<byte[]> files(int count, boolean texts) {
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(texts ? text(4096) : noise(4096));
    }
    return files;
  }

  @Test
  void whatIsCompressedIsTheSameFrameAgain() throws ProtocolException {
    for (Message message :
        List.of(
            new Message.Data(7, 1 << 20, text(Limits.DATA_BYTES_MAX), true),
            new Message.Data(7, 0, new byte[FrameCompressor.UNSAMPLED_BYTES_MAX], false),
            new Message.SignaturePart(9, 0, text(2000), false),
            batch(files(70, true)),
            batch(files(1, true)))) {
      byte[] plain = plain(message);
      byte[] frame = compressed(message);
      assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(frame.length - 4);
      assertThat(frame[4]).isEqualTo((byte) MessageType.COMPRESSED);
      assertThat(frame.length).isLessThan(plain.length * 9 / 10 + 10);
      assertThat(decompressed(frame)).isEqualTo(Arrays.copyOfRange(plain, 4, plain.length));
    }
  }

  @Test
  void whatControlFramesHaveInCommonIsSentOnce() throws ProtocolException {
    Message.LogBatch batch = batch(files(60, true));
    byte[] first = compressed(batch);
    byte[] piece = compressed(new Message.Data(7, 0, text(4096), true));
    byte[] again = compressed(batch);
    assertThat(again.length).isLessThan(first.length / 100);
    byte[] plain = plain(batch);
    assertThat(decompressed(first)).isEqualTo(Arrays.copyOfRange(plain, 4, plain.length));
    assertThat(decompressed(again)).isEqualTo(Arrays.copyOfRange(plain, 4, plain.length));
    // Pieces stand for themselves: they may come in any order.
    assertThat(decompressed(piece)).hasSize(1 + 17 + 4096);
  }

  @Test
  void aStreamIsReadWhateverTheLengthsOfItsParts() throws ProtocolException {
    for (int length : new int[] {1_100, 64 << 10, 127 << 10, (128 << 10) + 1, 900_000, 2_000}) {
      Message.LogBatch batch = batch(List.of(text(length)));
      byte[] plain = plain(batch);
      assertThat(decompressed(compressed(batch)))
          .isEqualTo(Arrays.copyOfRange(plain, 4, plain.length));
    }
  }

  @Test
  void aShortControlFrameThatDoesNotCompressCostsHardlyMore() {
    Message.LogBatch batch = batch(files(1, false));
    assertThat(compressed(batch).length).isLessThan(plain(batch).length + 32);
  }

  @Test
  void whatDoesNotGetSmallerGoesAsItIs() {
    for (Message message :
        List.of(
            new Message.Data(7, 0, noise(Limits.DATA_BYTES_MAX), true),
            new Message.Data(7, 0, noise(2000), true),
            batch(files(70, false)),
            new Message.Data(7, 0, new byte[FrameCompressor.BODY_BYTES_MIN - 18], true),
            new Message.Applied("www", 1))) {
      assertThat(sent(message)).isEmpty();
    }
  }

  @Test
  void aSampleFindsWhatCompressesBehindWhatDoesNot() {
    byte[] bytes = noise(Limits.DATA_BYTES_MAX);
    System.arraycopy(text(bytes.length / 2), 0, bytes, bytes.length / 2, bytes.length / 2);
    assertThat(compressed(new Message.Data(7, 0, bytes, true)).length)
        .isLessThan(bytes.length * 3 / 4);
  }

  @Test
  void nothingIsCompressedOnceItIsClosed() {
    compressor.close();
    assertThat(sent(new Message.Data(7, 0, text(4096), true))).isEmpty();
    assertThat(sent(batch(files(2, true)))).isEmpty();
  }

  @Test
  void theFrameInTheDocumentIsReadAsWhatItStandsFor() throws IOException {
    Properties golden = new Properties();
    try (InputStream in = getClass().getResourceAsStream("golden.properties")) {
      golden.load(Objects.requireNonNull(in));
    }
    byte[] frame = HexFormat.of().parseHex(golden.getProperty("compressed"));
    assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(frame.length - 4);
    assertThat(frame[4]).isEqualTo((byte) MessageType.COMPRESSED);
    byte[] plain = plain(new Message.Data(3, 1024, new byte[2000], true));
    assertThat(decompressed(frame)).isEqualTo(Arrays.copyOfRange(plain, 4, plain.length));
    for (String name : List.of("compressed-first", "compressed-next")) {
      byte[] part = HexFormat.of().parseHex(golden.getProperty(name));
      assertThat(ByteBuffer.wrap(part).getInt()).isEqualTo(part.length - 4);
      byte[] pong = plain(new Message.Pong(1));
      assertThat(decompressed(part)).isEqualTo(Arrays.copyOfRange(pong, 4, pong.length));
    }
  }

  private static byte[] frame(int type, int length, byte[] zstd) {
    return ByteBuffer.allocate(FrameDecompressor.HEADER_BYTES + zstd.length)
        .put((byte) type)
        .putInt(length)
        .put(zstd)
        .array();
  }

  /** Zeros in the few bytes that zstd makes of them. */
  private static byte[] bomb(int length) {
    return Zstd.compress(new byte[length], 1);
  }

  /** The same without saying how many they are. */
  private static byte[] silent(int length) {
    try (ZstdCompressCtx context = new ZstdCompressCtx().setContentSize(false)) {
      return context.compress(new byte[length]);
    }
  }

  private static byte[] twice(byte[] zstd) {
    return ByteBuffer.allocate(2 * zstd.length).put(zstd).put(zstd).array();
  }

  private static byte[] cut(byte[] zstd) {
    return Arrays.copyOf(zstd, zstd.length - 1);
  }

  /** The beginning of a stream, or all of one. */
  private static byte[] stream(byte[] bytes, int windowLog, EndDirective directive) {
    ByteBuffer packed = ByteBuffer.allocateDirect((int) Zstd.compressBound(bytes.length) + 64);
    ByteBuffer plain = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    try (ZstdCompressCtx context =
        new ZstdCompressCtx().setWindowLog(windowLog).setContentSize(false)) {
      assertThat(context.compressDirectByteBufferStream(packed, plain, directive)).isTrue();
    }
    byte[] stream = new byte[packed.position()];
    packed.flip().get(stream);
    return stream;
  }

  private static byte[] part(int length) {
    return stream(new byte[length], 21, EndDirective.FLUSH);
  }

  static Stream<Arguments> hostile() {
    int log = MessageType.LOG_BATCH;
    int data = MessageType.DATA;
    int dataMax = MessageEncoder.PIECE_HEADER_BYTES + Limits.DATA_BYTES_MAX;
    int controlMax = Limits.CONTROL_FRAME_BYTES_MAX - 1;
    return Stream.of(
        argumentSet("nothing at all", NOTHING, "too short"),
        argumentSet("half a header", new byte[4], "too short"),
        argumentSet("no content", frame(data, 100, NOTHING), "holds 0 bytes, not the 100"),
        argumentSet("what is no zstd", frame(data, 100, new byte[50]), "not the 100 bytes"),
        argumentSet("a truncated content", frame(data, 5000, cut(bomb(5000))), "not the 5000"),
        argumentSet("less than said", frame(data, 5001, bomb(5000)), "holds 5000 bytes, not the"),
        argumentSet("more than said", frame(data, 4999, bomb(5000)), "not the 4999 bytes"),
        argumentSet(
            "a bomb that says what it is", frame(data, 1000, bomb(1 << 30)), "not the 1000 bytes"),
        argumentSet("a bomb that does not", frame(data, 1000, silent(1 << 30)), "not the 1000"),
        argumentSet("more than said, in two", frame(data, 5000, twice(bomb(5000))), "not the 5000"),
        argumentSet(
            "more than content may be", frame(data, dataMax + 1, bomb(dataMax + 1)), "says that"),
        argumentSet(
            "more than a message may be",
            frame(MessageType.LOG_BATCH, controlMax + 1, bomb(controlMax + 1)),
            "says that"),
        argumentSet("no stream at all", frame(log, 5000, new byte[50]), "does not begin as one"),
        argumentSet("hardly a stream", frame(log, 5000, new byte[5]), "does not begin as one"),
        argumentSet("a frame, no stream", frame(log, 5000, bomb(5000)), "wants more memory"),
        argumentSet(
            "a window of 4 MiB",
            frame(log, 5000, stream(new byte[5000], 22, EndDirective.FLUSH)),
            "wants more memory"),
        argumentSet(
            "a stream that ends",
            frame(log, 5000, stream(new byte[5000], 21, EndDirective.END)),
            "ends"),
        argumentSet("a part with less", frame(log, 5001, part(5000)), "holds less than the 5001"),
        argumentSet("a part with more", frame(log, 4999, part(5000)), "holds more than the 4999"),
        argumentSet("a part that is cut", frame(log, 5000, cut(part(5000))), "holds less than"),
        argumentSet("a large part", frame(log, 1000, part(10 << 20)), "holds more than the 1000"),
        argumentSet("two parts", frame(log, 5000, twice(part(5000))), "a compressed frame"),
        argumentSet("a negative length", frame(data, -1, bomb(1)), "says that"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void whatIsNotWhatItSaysIsRefused(byte[] compressed, String why) {
    assertThatThrownBy(() -> decompressor.decompress(compressed))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(why);
  }

  @Test
  void theMostThatAFrameMayHaveIsTaken() throws ProtocolException {
    int length = MessageEncoder.PIECE_HEADER_BYTES + Limits.DATA_BYTES_MAX;
    assertThat(decompressor.decompress(frame(MessageType.DATA, length, bomb(length))))
        .hasSize(1 + length);
  }

  @Test
  void aCompressedFrameInACompressedOneIsNoMessage() throws ProtocolException {
    byte[] inner = frame(MessageType.PING, 9, bomb(9));
    byte[] outer =
        decompressor.decompress(
            frame(MessageType.COMPRESSED, inner.length, stream(inner, 21, EndDirective.FLUSH)));
    assertThatThrownBy(
            () -> MessageDecoder.decode(outer[0], Arrays.copyOfRange(outer, 1, outer.length)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("there is no message of type " + MessageType.COMPRESSED);
  }

  @Test
  void damagedPartsOfAStreamAreRefusedOrOfTheLengthThatTheySay() {
    byte[] first = compressed(batch(files(4, true)));
    byte[] second = compressed(batch(files(4, true)));
    int refused = 0;
    for (int i = 0; i < MUTATIONS / 10; i++) {
      byte[] body = Arrays.copyOfRange(second, 5, second.length);
      for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
        body[1 + random.nextInt(body.length - 1)] = (byte) random.nextInt(256);
      }
      try (FrameDecompressor fresh = new FrameDecompressor()) {
        fresh.decompress(Arrays.copyOfRange(first, 5, first.length));
        assertThat(fresh.decompress(body)).hasSize(1 + ByteBuffer.wrap(body, 1, 4).getInt());
      } catch (ProtocolException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(MUTATIONS / 100);
  }

  @Test
  void damagedFramesAreRefusedOrOfTheLengthThatTheySayAndNothingElse() {
    byte[] whole = compressed(new Message.Data(7, 0, text(20_000), true));
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] body = Arrays.copyOfRange(whole, 5, whole.length);
      for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(decompressor.decompress(body)).hasSize(1 + ByteBuffer.wrap(body, 1, 4).getInt());
      } catch (ProtocolException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(MUTATIONS / 10);
  }
}
