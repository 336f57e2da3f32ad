package io.dirsync.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the kernel tells of this machine's own changes only, by the numbers of statfs(2). */
final class SharedFileSystemTest {
  @ParameterizedTest
  @CsvSource({
    "0x6969, nfs",
    "0x517b, smb",
    "0xff534d42, cifs",
    // Signed, as a word of 32 bits is widened to one of 64.
    "-0xacb2be, cifs",
    "0x65735546, fuse",
    "0x01021997, 9p",
    "0x00c36400, ceph"
  })
  void itIsKnownByItsNumber(String number, String name) {
    assertThat(Constants.sharedFileSystem(Long.decode(number))).contains(name);
  }

  @ParameterizedTest
  @CsvSource({"0xef53, ext4", "0x58465342, xfs", "0x9123683e, btrfs", "0x01021994, tmpfs"})
  void oneOfThisMachineAloneIsNone(String number, String name) {
    assertThat(Constants.sharedFileSystem(Long.decode(number))).as(name).isEmpty();
  }

  @Test
  void ofAVolumeItIsAsked(@TempDir Path directory) throws IOException {
    try (PosixVolume volume = PosixVolume.at(directory)) {
      assertThat(volume.sharedFileSystem()).as("where tests run").isEmpty();
    }
  }
}
