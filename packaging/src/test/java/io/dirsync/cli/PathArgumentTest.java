package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class PathArgumentTest {
  private static final byte[] EUC_JP = {'d', '/', (byte) 0xc6, (byte) 0xfc, '.', 'h'};
  private static final String AS_JAVA_HAS_IT = new String(EUC_JP, StandardCharsets.UTF_8);

  private static byte[] commandLine(byte[]... arguments) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (byte[] argument : arguments) {
      line.writeBytes(argument);
      line.write(0);
    }
    return line.toByteArray();
  }

  @Test
  void aPathWhoseBytesAreNoUtf8IsWhatTheProcessWasGiven() throws Exception {
    byte[] line = commandLine("why".getBytes(StandardCharsets.UTF_8), EUC_JP);
    assertThat(PathArgument.readable(AS_JAVA_HAS_IT, line)).isEqualTo("d/\\xc6\\xfc.h");
  }

  @Test
  void aReadablePathIsLeftAlone() throws Exception {
    assertThat(PathArgument.readable("d/\\xc6 日", new byte[0])).isEqualTo("d/\\xc6 日");
  }

  @Test
  void aPathThatCannotBeToldSaysHowToWriteIt() {
    byte[] other = EUC_JP.clone();
    other[2] = (byte) 0xc7;
    for (byte[] line : new byte[][] {commandLine(), commandLine(EUC_JP, other)}) {
      assertThatThrownBy(() -> PathArgument.readable(AS_JAVA_HAS_IT, line))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("write each as \\xNN");
    }
  }
}
