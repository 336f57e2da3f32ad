package io.dirsync.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EscapedBytesTest {
  static Stream<Arguments> names() {
    return Stream.of(
        argumentSet("a plain name", "page.html".getBytes(StandardCharsets.UTF_8), "page.html"),
        argumentSet(
            "beyond ASCII", "\u00e9\u65e5".getBytes(StandardCharsets.UTF_8), "\u00e9\u65e5"),
        argumentSet("no UTF-8", new byte[] {'a', (byte) 0xff, (byte) 0xc3}, "a\\xff\\xc3"),
        argumentSet("a backslash", "a\\xff".getBytes(StandardCharsets.UTF_8), "a\\x5cxff"),
        argumentSet("a control character", new byte[] {27, '['}, "\\x1b["));
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatIsEscapedCanBeReadBack(byte[] bytes, String text) {
    assertThat(EscapedBytes.escape(bytes)).isEqualTo(text);
    assertThat(EscapedBytes.unescape(text)).isEqualTo(bytes);
  }

  @Test
  void aBackslashThatBeginsNoEscapeIsOne() {
    assertThat(EscapedBytes.unescape("a\\b\\xz1\\x"))
        .isEqualTo("a\\b\\xz1\\x".getBytes(StandardCharsets.UTF_8));
  }
}
