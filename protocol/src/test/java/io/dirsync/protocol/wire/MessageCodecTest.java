package io.dirsync.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Settled;
import io.dirsync.model.Version;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.ProtocolException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MessageCodecTest {
  private static final int MUTATIONS = 20_000;

  private static Message decode(byte[] frame) throws ProtocolException {
    assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(frame.length - 4);
    return MessageDecoder.decode(frame[4], Arrays.copyOfRange(frame, 5, frame.length));
  }

  @Test
  void everyMessageComesBackAsItWas() throws ProtocolException {
    for (Map.Entry<String, Message> each : Messages.all().entrySet()) {
      Message back = decode(MessageEncoder.encode(each.getValue()));
      assertThat(back).as(each.getKey()).usingRecursiveComparison().isEqualTo(each.getValue());
    }
  }

  /** Who changes these bytes changes the protocol: its version must grow. */
  @Test
  void theBytesOnTheWireAreTheGoldenOnes() throws IOException {
    Properties golden = new Properties();
    try (InputStream in = MessageCodecTest.class.getResourceAsStream("golden.properties")) {
      golden.load(in);
    }
    for (Map.Entry<String, Message> each : Messages.all().entrySet()) {
      assertThat(HexFormat.of().formatHex(MessageEncoder.encode(each.getValue())))
          .as(each.getKey())
          .isEqualTo(golden.getProperty(each.getKey()));
    }
    assertThat(golden).hasSize(Messages.all().size() + 5);
    Message.Data data = new Message.Data(3, 1024, new byte[] {9, 8, 7}, true);
    assertThat(HexFormat.of().formatHex(MessageEncoder.encode(data)))
        .isEqualTo(golden.getProperty("data-header"));
    Message.SignaturePart part = new Message.SignaturePart(3, 1024, new byte[] {9, 8, 7}, true);
    assertThat(HexFormat.of().formatHex(MessageEncoder.encode(part)))
        .isEqualTo(golden.getProperty("signature-part-header"));
  }

  @Test
  void damagedFramesAreMessagesOrProtocolExceptionsAndNothingElse() {
    Random random = new Random(7);
    List<byte[]> frames = new ArrayList<>();
    Messages.all().values().forEach(message -> frames.add(MessageEncoder.encode(message)));
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] frame = frames.get(random.nextInt(frames.size())).clone();
      int type = random.nextInt(20) == 0 ? random.nextInt(256) : frame[4];
      byte[] payload = Arrays.copyOfRange(frame, 5, frame.length);
      for (int hits = 1 + random.nextInt(4); hits > 0 && payload.length > 0; hits--) {
        payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        payload = Arrays.copyOf(payload, random.nextInt(payload.length + 1));
      }
      try {
        MessageDecoder.decode(type, payload);
      } catch (ProtocolException e) {
        refused++;
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(refused).isGreaterThan(MUTATIONS / 10);
  }

  @Test
  void anEntryThatEndedAConflictSaysWhoDidAndWhatNobodyKnowsYetIsPassedOver()
      throws ProtocolException {
    for (Ending.By by : Ending.By.values()) {
      Ending ending = new Ending(by, "web1", "prefer:web1", "*.conf");
      Message batch = ended(ending);
      byte[] frame = MessageEncoder.encode(batch);
      assertThat(decode(frame)).usingRecursiveComparison().isEqualTo(batch);
      String hex = HexFormat.of().formatHex(frame, 5, frame.length);
      String field = "080" + by.code() + "120477656231";
      assertThat(hex).containsOnlyOnce(field);
      byte[] later = HexFormat.of().parseHex(hex.replace(field, "0809" + "120477656231"));
      assertThat(MessageDecoder.decode(frame[4], later))
          .usingRecursiveComparison()
          .isEqualTo(ended(null));
    }
  }

  private static Message ended(@Nullable Ending ending) {
    Event event = new Event(List.of(), Set.of(new Dot(Messages.A, 1)), Set.of(), ending);
    return new Message.LogBatch(
        "www", List.of(new Message.LogEntry(1, event)), List.of(), 1, 2, null);
  }

  @Test
  void whatAPolicyWroteSaysWhichAndAnUnknownOneIsRefused() throws ProtocolException {
    for (Settled.By policy : Settled.By.values()) {
      Version version =
          new Version(
              new Dot(Messages.A, 1),
              RelativePath.of("f"),
              new Content.File(new ContentHash(1, 2, 3, 4), 5),
              new Attributes(0644, 6),
              7,
              List.of(),
              null,
              false,
              new Settled(policy, 3));
      Message batch =
          new Message.LogBatch(
              "www",
              List.of(new Message.LogEntry(1, new Event(List.of(version), Set.of(), Set.of()))),
              List.of(),
              1,
              2,
              null);
      byte[] frame = MessageEncoder.encode(batch);
      assertThat(decode(frame)).usingRecursiveComparison().isEqualTo(batch);
      String hex = HexFormat.of().formatHex(frame, 5, frame.length);
      String fields = "88010" + policy.code() + "900103";
      assertThat(hex).contains(fields);
      for (String wrong : List.of("880109900103", "88010" + policy.code() + "900100")) {
        byte[] payload = HexFormat.of().parseHex(hex.replace(fields, wrong));
        assertThatThrownBy(() -> MessageDecoder.decode(frame[4], payload))
            .isInstanceOf(ProtocolException.class);
      }
    }
  }

  @Test
  void pathsThatLeadOutOrAreReservedAreRefused() {
    for (String path :
        List.of("", "/x", "a/../b", "..", ".", "a//b", "a/", ".dirsync", ".dirsync/x", "a\0b")) {
      byte[] frame =
          MessageEncoder.encode(
              new Message.Fetch("www", 1, new ContentHash(0, 0, 0, 0), RelativePath.of("@"), 0, 1));
      String hex = HexFormat.of().formatHex(frame, 5, frame.length);
      String changed =
          hex.replace(
              "220140",
              "22"
                  + HexFormat.of().toHexDigits((byte) path.length())
                  + HexFormat.of()
                      .formatHex(path.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      assertThat(changed).isNotEqualTo(hex);
      byte[] payload = HexFormat.of().parseHex(changed);
      assertThatThrownBy(() -> MessageDecoder.decode(MessageType.FETCH, payload))
          .as(path)
          .isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void aFullBatchStaysWithinAFrame() {
    byte[] name = new byte[RelativePath.NAME_BYTES_MAX];
    Arrays.fill(name, (byte) 'n');
    List<Message.LogEntry> entries = new ArrayList<>();
    long counted = 0;
    for (long i = 1; counted < Limits.BATCH_BYTES_TARGET; i++) {
      List<Dot> supersedes = new ArrayList<>();
      for (int k = 1; k <= Version.LINEAGE_MAX; k++) {
        supersedes.add(new Dot(Messages.B, Long.MAX_VALUE - k));
      }
      LiveEntry entry =
          new Version(
              new Dot(Messages.A, Long.MAX_VALUE - i),
              RelativePath.of(name),
              new Content.File(new ContentHash(-1, -1, -1, -1), Long.MAX_VALUE),
              new Attributes(0777, Long.MIN_VALUE, "owner", "group"),
              Long.MIN_VALUE,
              supersedes,
              new Dot(Messages.B, 5),
              true);
      Event event = new Event(List.of(entry), Set.copyOf(supersedes), Set.of());
      counted += Limits.logBytes(event);
      entries.add(new Message.LogEntry(i, event));
    }
    Message.Inline inline =
        new Message.Inline(new ContentHash(0, 0, 0, 0), new byte[Limits.INLINE_BYTES_MAX]);
    byte[] frame =
        MessageEncoder.encode(
            new Message.LogBatch(
                "www", entries, List.of(inline), entries.size(), entries.size() + 1, null));
    assertThat(frame.length).isLessThan(Limits.CONTROL_FRAME_BYTES_MAX);
  }
}
