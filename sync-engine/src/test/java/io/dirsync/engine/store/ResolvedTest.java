package io.dirsync.engine.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.conflict.Undo;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResolvedTest {
  private static final RelativePath PAGE = RelativePath.of("d/page");

  private static Version version(String node, long counter, Content content) {
    Dot dot = new Dot(new ReplicaId(node, -7), counter);
    return new Version(
        dot, PAGE, content, new Attributes(0600, -5), 12, List.of(dot), null, counter == 2);
  }

  private static final List<Resolved> ALL =
      List.of(
          new Resolved(PAGE, 1, new Undo(List.of(), List.of())),
          new Resolved(
              RelativePath.of("x"),
              Long.MAX_VALUE,
              new Undo(
                  List.of(
                      version(
                          "a",
                          1,
                          new Content.Symlink(LinkTarget.of(new byte[] {46, 46, 47, (byte) 0xff}))),
                      version("b", 2, new Content.File(new ContentHash(1, 2, 3, 4), 5))),
                  List.of(
                      new Undo.Written(new Dot(new ReplicaId("c", 3), 9), PAGE, Optional.empty()),
                      new Undo.Written(
                          new Dot(new ReplicaId("a", -7), 8),
                          PAGE,
                          Optional.of(version("b", 1, Content.Directory.VALUE)))))));

  @Test
  void whatIsRememberedIsReadAsItWasWritten() {
    assertThat(Resolved.decode(Resolved.encode(ALL))).isEqualTo(ALL);
    assertThat(Resolved.decode(Resolved.encode(List.of()))).isEmpty();
  }

  @Test
  void aValueThatIsCutOrOfALaterFormatIsRefused() {
    byte[] value = Resolved.encode(ALL);
    for (int length = 0; length < value.length; length++) {
      byte[] cut = Arrays.copyOf(value, length);
      assertThatThrownBy(() -> Resolved.decode(cut)).isInstanceOf(IllegalArgumentException.class);
    }
    value[0] = 99;
    assertThatThrownBy(() -> Resolved.decode(value)).hasMessageContaining("has an unknown format");
  }
}
