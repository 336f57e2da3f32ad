package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CopyNameTest {
  private static Version copy(String path) {
    return new Version(
        new Dot(new ReplicaId("web2", 1), 1),
        RelativePath.of(path),
        new Content.File(ContentHash.of(new byte[ContentHash.BYTES]), 0),
        new Attributes(0644, 0),
        1_000_000_000_999_999_999L,
        List.of(),
        null,
        false);
  }

  private static String name(String path, String... taken) {
    return CopyName.of(copy(path), each -> Set.of(taken).contains(each.toString())).toString();
  }

  @Test
  void namesAuthorAndTimeAndKeepsTheEnding() {
    assertThat(name("d/page.html")).isEqualTo("d/page~web2-20010909-014640.html");
    assertThat(name("page")).isEqualTo("page~web2-20010909-014640");
    assertThat(name(".profile")).isEqualTo(".profile~web2-20010909-014640");
    assertThat(name("a.tar.gz")).isEqualTo("a.tar~web2-20010909-014640.gz");
  }

  @Test
  void takesTheNextNameThatIsFree() {
    assertThat(name("page", "page~web2-20010909-014640", "page~web2-20010909-014640-2"))
        .isEqualTo("page~web2-20010909-014640-3");
  }

  @Test
  void cutsANameThatIsTooLong() {
    String longest = "x".repeat(RelativePath.NAME_BYTES_MAX);
    assertThat(name(longest))
        .hasSize(RelativePath.NAME_BYTES_MAX)
        .endsWith("~web2-20010909-014640");
    String ending = "x." + "y".repeat(RelativePath.NAME_BYTES_MAX - 2);
    assertThat(name(ending)).startsWith("x~web2-20010909-014640.yyy");
  }

  @Test
  void givesUpWhenNoNameIsFree() {
    assertThatThrownBy(() -> CopyName.of(copy("page"), _ -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no name is free beside page");
  }
}
