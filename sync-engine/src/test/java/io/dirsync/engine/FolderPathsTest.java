package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderPathsTest {
  private static FolderSettings folder(String name, Path root) {
    return PlainFolder.settings(name, root, FolderMode.TWO_WAY);
  }

  private static final List<FolderSettings> FOLDERS =
      List.of(folder("www", Path.of("/srv/www")), folder("www2", Path.of("/srv/www2")));

  private static String locate(String path) {
    FolderPaths.Located located = FolderPaths.locate(FOLDERS, path);
    return located.folder().name() + ":" + located.path();
  }

  @Test
  void findsTheFolderThatAPathLiesIn() {
    assertThat(locate("/srv/www/d/page")).isEqualTo("www:d/page");
    assertThat(locate("/srv/www2/page")).isEqualTo("www2:page");
    assertThat(locate("/srv/www")).startsWith("www:");
    assertThat(locate("/srv/www/a\\xff")).isEqualTo("www:a\\xff");
  }

  @Test
  void findsItThroughALinkToTheRoot(@TempDir Path directory) throws IOException {
    Path real = Files.createDirectory(directory.resolve("real")).toRealPath();
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    assertThat(FolderPaths.locate(List.of(folder("www", link)), real + "/f").path().toString())
        .isEqualTo("f");
  }

  @Test
  void whatIsDirsyncsOwnIsNoPathOfTheFolder() {
    assertThatThrownBy(() -> locate("/srv/www/.dirsync/conflicts/page@web2.de97.15"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(".dirsync/conflicts/page@web2.de97.15 is dirsync's own")
        .hasMessageContaining("as `dirsync conflicts` lists it");
    assertThat(locate("/srv/www/.dirsync-notes")).isEqualTo("www:.dirsync-notes");
  }

  @Test
  void saysWhichFoldersThereAreIfItLiesInNone() {
    assertThatThrownBy(() -> locate("/srv/wwww/page"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "/srv/wwww/page lies in no folder of this node; there are: www (/srv/www), www2 (/srv/www2)");
    assertThatThrownBy(() -> FolderPaths.locate(List.of(), "/x")).hasMessageContaining("is none");
    assertThatThrownBy(() -> locate("/srv/www/../x")).isInstanceOf(IllegalArgumentException.class);
  }
}
