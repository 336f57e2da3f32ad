package io.dirsync.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A volume to be tested, which promises its file system can keep, and words to say things about it.
 */
interface VolumeFixture {
  long MTIME = 1_700_000_000_123_456_789L;
  byte[] ROOT = {};

  /** At an empty root when the test begins. */
  Volume volume();

  /** Whether two names are swapped with nothing to be seen in between. */
  default boolean exchangesInOneStep() {
    return true;
  }

  /** Whether names may be any bytes. */
  default boolean takesAnyBytes() {
    return true;
  }

  /** Whether names may be any Unicode text. */
  default boolean takesUnicode() {
    return true;
  }

  /** Whether a hole of a MiB at a multiple of a MiB is told from data. */
  default boolean tellsHoles() {
    return true;
  }

  /** Whether set-id and sticky bits can be set. */
  default boolean setsAllModeBits() {
    return true;
  }

  /** Whether owners can be set by number: by the rights of the test, too. */
  default boolean setsOwners() {
    return true;
  }

  /** Whether a file's ctime, links and device are the system's own. */
  default boolean tellsAllOfStatus() {
    return true;
  }

  /** How exactly a symbolic link's time can be set. */
  default long linkMtimeGranularityNanos() {
    return 1;
  }

  default void makeFile(String path, String content) throws IOException {
    makeFile(path, bytes(content));
  }

  default void makeFile(String path, byte[] content) throws IOException {
    try (StagedFile staged = volume().stage(ROOT)) {
      staged.write(0, content, 0, content.length);
      staged.setMode(0644);
      staged.link(bytes(path));
    }
  }

  static void write(StagedFile file, long position, String text) throws IOException {
    byte[] content = bytes(text);
    file.write(position, content, 0, content.length);
  }

  default String content(String path) throws IOException {
    return new String(contentBytes(path), UTF_8);
  }

  default byte[] contentBytes(String path) throws IOException {
    try (ReadableFile file = volume().open(bytes(path))) {
      byte[] content = new byte[(int) file.status().sizeBytes()];
      int count = file.read(0, content, 0, content.length);
      assertThat(count).isEqualTo(content.length == 0 ? -1 : content.length);
      return content;
    }
  }

  default FileStatus stat(String path) throws IOException {
    return volume().stat(bytes(path)).orElseThrow();
  }

  default List<String> names(String directory) throws IOException {
    List<String> names = new ArrayList<>();
    volume().list(bytes(directory), entry -> names.add(new String(entry.name(), UTF_8)));
    return names;
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
