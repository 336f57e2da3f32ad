package io.dirsync.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** PROTOCOL.md says what the code does, number by number. */
final class ProtocolDocumentTest {
  private static final Pattern MESSAGE = Pattern.compile("(?m)^\\| (\\w+) \\| (\\d+) \\| \\w");
  private static final Pattern BOUND = Pattern.compile("(?m)^\\| ([A-Z_]+) \\| (\\w+) \\|$");
  private static final Pattern GOLDEN = Pattern.compile("(?m)^    ([a-z-]+) +([0-9a-f]{8,})$");

  private static Map<String, String> found(Pattern pattern) throws IOException {
    return pattern
        .matcher(Files.readString(Path.of("PROTOCOL.md")))
        .results()
        .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));
  }

  @Test
  void everyMessageStandsThereWithItsType() throws IOException {
    assertThat(found(MESSAGE))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("Hello", "" + MessageType.HELLO),
                Map.entry("FolderState", "" + MessageType.FOLDER_STATE),
                Map.entry("FolderRefused", "" + MessageType.FOLDER_REFUSED),
                Map.entry("ReadLog", "" + MessageType.READ_LOG),
                Map.entry("Credit", "" + MessageType.CREDIT),
                Map.entry("LogBatch", "" + MessageType.LOG_BATCH),
                Map.entry("ReadState", "" + MessageType.READ_STATE),
                Map.entry("StateBatch", "" + MessageType.STATE_BATCH),
                Map.entry("Applied", "" + MessageType.APPLIED),
                Map.entry("Fetch", "" + MessageType.FETCH),
                Map.entry("Cancel", "" + MessageType.CANCEL),
                Map.entry("FetchFailed", "" + MessageType.FETCH_FAILED),
                Map.entry("Ping", "" + MessageType.PING),
                Map.entry("Pong", "" + MessageType.PONG),
                Map.entry("Goodbye", "" + MessageType.GOODBYE),
                Map.entry("FetchDelta", "" + MessageType.FETCH_DELTA),
                Map.entry("SignatureWanted", "" + MessageType.SIGNATURE_WANTED),
                Map.entry("More", "" + MessageType.MORE),
                Map.entry("Pace", "" + MessageType.PACE),
                Map.entry("Twins", "" + MessageType.TWINS),
                Map.entry("StateDiffers", "" + MessageType.STATE_DIFFERS),
                Map.entry("StateStretches", "" + MessageType.STATE_STRETCHES),
                Map.entry("StateEnd", "" + MessageType.STATE_END),
                Map.entry("Data", "" + MessageType.DATA),
                Map.entry("SignaturePart", "" + MessageType.SIGNATURE_PART),
                Map.entry("Compressed", "" + MessageType.COMPRESSED)));
  }

  @Test
  void everyBoundStandsThereWithItsValue() throws IOException {
    assertThat(found(BOUND))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("VERSION", "" + Limits.VERSION),
                Map.entry("CONTROL_FRAME_BYTES_MAX", "" + Limits.CONTROL_FRAME_BYTES_MAX),
                Map.entry("DATA_BYTES_MAX", "" + Limits.DATA_BYTES_MAX),
                Map.entry("FETCH_BYTES_MAX", "" + Limits.FETCH_BYTES_MAX),
                Map.entry("SIGNATURE_BYTES_MAX", "" + Limits.SIGNATURE_BYTES_MAX),
                Map.entry("INLINE_BYTES_MAX", "" + Limits.INLINE_BYTES_MAX),
                Map.entry("FETCHES_MAX", "" + Limits.FETCHES_MAX),
                Map.entry("BATCH_BYTES_TARGET", "" + Limits.BATCH_BYTES_TARGET),
                Map.entry("CREDIT_BYTES_MAX", "" + Limits.CREDIT_BYTES_MAX),
                Map.entry("STRETCHES_MAX", "" + Limits.STRETCHES_MAX),
                Map.entry("STRETCHES_OPEN_MAX", "" + Limits.STRETCHES_OPEN_MAX),
                Map.entry("FOLDER_NAME_CHARS_MAX", "" + Limits.FOLDER_NAME_CHARS_MAX),
                Map.entry("REASON_CHARS_MAX", "" + Limits.REASON_CHARS_MAX),
                Map.entry("CAPABILITIES_MAX", "" + Limits.CAPABILITIES_MAX),
                Map.entry("VECTOR_REPLICAS_MAX", "" + Limits.VECTOR_REPLICAS_MAX),
                Map.entry("UNAUTHENTICATED_MAX", "" + Limits.UNAUTHENTICATED_MAX),
                Map.entry("HANDSHAKE_MAX", "" + Limits.HANDSHAKE_MAX),
                Map.entry("IDLE_PING", "" + Limits.IDLE_PING),
                Map.entry("SILENCE_MAX", "" + Limits.SILENCE_MAX)));
  }

  @Test
  void itsExamplesAreTheGoldenBytes() throws IOException {
    Properties golden = new Properties();
    try (InputStream in = getClass().getResourceAsStream("golden.properties")) {
      golden.load(Objects.requireNonNull(in));
    }
    Matcher examples = GOLDEN.matcher(Files.readString(Path.of("PROTOCOL.md")));
    int count = 0;
    while (examples.find()) {
      assertThat(examples.group(2)).isEqualTo(golden.getProperty(examples.group(1)));
      count++;
    }
    assertThat(count).isGreaterThan(10);
  }
}
