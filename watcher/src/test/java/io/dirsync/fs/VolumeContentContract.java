package io.dirsync.fs;

import static io.dirsync.fs.VolumeFixture.bytes;
import static io.dirsync.fs.VolumeFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is in a file: writing, copying, reading, holes and leases. */
interface VolumeContentContract extends VolumeFixture {
  @Test
  default void writesGoWhereTheyAreTold() throws IOException {
    try (StagedFile staged = volume().stage(ROOT)) {
      byte[] buffer = bytes("..middle..");
      staged.write(5, buffer, 2, 6);
      write(staged, 0, "start");
      write(staged, 11, "long end");
      staged.truncate(15);
      staged.link(bytes("file"));
    }
    assertThat(content("file")).isEqualTo("startmiddlelong");
  }

  @Test
  default void truncateMakesAFileLongerWithZeros() throws IOException {
    try (StagedFile staged = volume().stage(ROOT)) {
      write(staged, 0, "head");
      staged.truncate(2);
      staged.truncate(6);
      staged.link(bytes("file"));
    }
    assertThat(content("file")).isEqualTo("he\0\0\0\0");
  }

  @Test
  default void copiesFromAnotherFile() throws IOException {
    byte[] data = new byte[300_000];
    new Random(7).nextBytes(data);
    makeFile("source", data);
    try (ReadableFile source = volume().open(bytes("source"));
        StagedFile staged = volume().stage(ROOT)) {
      staged.copyFrom(source, 0, 0, data.length);
      staged.copyFrom(source, 4096, 8192, 12_288);
      staged.copyFrom(source, 100_001, 77, 200_000 - 1);
      staged.copyFrom(source, 0, data.length, 5);
      staged.copyFrom(source, 3, 3, 0);
      staged.link(bytes("copy"));
    }
    byte[] expected = Arrays.copyOf(data, data.length + 5);
    System.arraycopy(data, 4096, expected, 8192, 12_288);
    System.arraycopy(data, 100_001, expected, 77, 199_999);
    System.arraycopy(data, 0, expected, data.length, 5);
    assertThat(contentBytes("copy")).isEqualTo(expected);
    assertThat(contentBytes("source")).isEqualTo(data);
  }

  @Test
  default void sharesWhatAnotherFileHoldsOrDoesNothing() throws IOException {
    byte[] data = new byte[12_288];
    new Random(8).nextBytes(data);
    makeFile("source", data);
    for (int offset : new int[] {0, 4096, 77}) {
      try (ReadableFile source = volume().open(bytes("source"));
          StagedFile staged = volume().stage(ROOT)) {
        boolean shared = staged.share(source, 4096, offset, 8192);
        byte[] read = new byte[offset + 8192];
        int count = staged.read(0, read, 0, read.length);
        byte[] expected = new byte[read.length];
        System.arraycopy(data, 4096, expected, offset, 8192);
        assertThat(count).isEqualTo(shared ? read.length : -1);
        assertThat(read).isEqualTo(shared ? expected : new byte[read.length]);
      }
    }
  }

  @Test
  default void readsBackWhatWasWrittenToAFileWithoutAName() throws IOException {
    makeFile("source", bytes("0123456789"));
    try (ReadableFile source = volume().open(bytes("source"));
        StagedFile staged = volume().stage(ROOT)) {
      write(staged, 0, "head");
      staged.copyFrom(source, 2, 4, 3);
      byte[] read = new byte[9];
      assertThat(staged.read(2, read, 1, 8)).isEqualTo(5);
      assertThat(read).isEqualTo(bytes("\0ad234\0\0\0"));
      assertThat(staged.read(7, read, 0, 1)).isEqualTo(-1);
    }
  }

  @Test
  default void readsAtAnyPosition() throws IOException {
    makeFile("file", "0123456789");
    try (ReadableFile file = volume().open(bytes("file"))) {
      byte[] buffer = new byte[8];
      assertThat(file.read(3, buffer, 1, 4)).isEqualTo(4);
      assertThat(buffer).isEqualTo(bytes("\0" + "3456\0\0\0"));
      assertThat(file.read(8, buffer, 0, 8)).isEqualTo(2);
      assertThat(file.read(10, buffer, 0, 8)).isEqualTo(-1);
      assertThat(file.read(99, buffer, 0, 8)).isEqualTo(-1);
      assertThat(file.status()).isEqualTo(stat("file"));
    }
  }

  @Test
  default void anOpenFileStaysReadableWhenItsNameIsTakenAway() throws IOException {
    makeFile("file", "still here");
    try (ReadableFile file = volume().open(bytes("file"))) {
      FileStatus before = file.status();
      volume().unlink(bytes("file"));
      makeFile("file", "another");
      byte[] buffer = new byte[10];
      assertThat(file.read(0, buffer, 0, 10)).isEqualTo(10);
      assertThat(buffer).isEqualTo(bytes("still here"));
      assertThat(file.status().inode()).isEqualTo(before.inode());
      assertThat(file.status().sizeBytes()).isEqualTo(10);
      assertThat(file.status()).isNotEqualTo(before);
    }
  }

  @Test
  default void opensRegularFilesOnly() throws IOException {
    volume().mkdir(bytes("dir"), 0755);
    volume().symlink(bytes("x"), bytes("link"));
    for (String path : List.of("dir", "link", "")) {
      assertThatThrownBy(() -> volume().open(bytes(path))).isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  default void tellsWhereDataAndHolesAre() throws IOException {
    long mib = 1 << 20;
    try (StagedFile staged = volume().stage(ROOT)) {
      write(staged, mib, "x".repeat((int) mib));
      staged.truncate(3 * mib);
      staged.link(bytes("holes"));
    }
    makeFile("empty", "");
    makeFile("full", "x".repeat((int) mib));
    try (ReadableFile file = volume().open(bytes("holes"))) {
      if (tellsHoles()) {
        assertThat(file.nextData(0)).isEqualTo(mib);
        assertThat(file.nextHole(0)).isZero();
        assertThat(file.nextData(mib + 5)).isEqualTo(mib + 5);
        assertThat(file.nextHole(mib + 5)).isEqualTo(2 * mib);
        assertThat(file.nextData(2 * mib)).isEqualTo(3 * mib);
        assertThat(file.status().allocatedBytes()).isLessThan(file.status().sizeBytes());
      } else {
        assertThat(file.nextData(0)).isZero();
        assertThat(file.nextHole(0)).isEqualTo(3 * mib);
      }
      assertThat(file.nextData(3 * mib)).isEqualTo(3 * mib);
      assertThat(file.nextHole(3 * mib)).isEqualTo(3 * mib);
    }
    try (ReadableFile file = volume().open(bytes("full"))) {
      assertThat(file.nextData(17)).isEqualTo(17);
      assertThat(file.nextHole(17)).isEqualTo(mib);
    }
    try (ReadableFile file = volume().open(bytes("empty"))) {
      assertThat(file.nextData(0)).isZero();
      assertThat(file.nextHole(0)).isZero();
    }
  }

  @Test
  default void copiesHolesAsHoles() throws IOException {
    long mib = 1 << 20;
    try (StagedFile staged = volume().stage(ROOT)) {
      write(staged, 4 * mib, "tail");
      staged.link(bytes("holes"));
    }
    try (ReadableFile source = volume().open(bytes("holes"));
        StagedFile staged = volume().stage(ROOT)) {
      staged.copyFrom(source, 0, 0, 4 * mib + 4);
      staged.link(bytes("copy"));
    }
    assertThat(contentBytes("copy")).isEqualTo(contentBytes("holes"));
    if (tellsHoles()) {
      assertThat(stat("copy").allocatedBytes()).isLessThan(mib);
    }
  }

  @Test
  default void aLeaseIsGrantedOnlyWhileNobodyWrites() throws IOException {
    StagedFile staged = volume().stage(ROOT);
    staged.link(bytes("file"));
    try (ReadableFile file = volume().open(bytes("file"))) {
      Lease first = file.lease();
      assertThat(first).isNotEqualTo(Lease.GRANTED);
      staged.close();
      assertThat(file.lease()).isEqualTo(first == Lease.BUSY ? Lease.GRANTED : Lease.UNSUPPORTED);
      file.unlease();
      file.unlease();
    } finally {
      staged.close();
    }
  }
}
