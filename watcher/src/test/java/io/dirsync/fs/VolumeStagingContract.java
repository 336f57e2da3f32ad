package io.dirsync.fs;

import static io.dirsync.fs.VolumeFixture.bytes;
import static io.dirsync.fs.VolumeFixture.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import org.junit.jupiter.api.Test;

/** How a file is made aside and gets its name. */
interface VolumeStagingContract extends VolumeFixture {
  @Test
  default void aStagedFileThatIsClosedUnpublishedLeavesNothing() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    StagedFile staged = volume().stage(bytes("staging"));
    write(staged, 0, "gone");
    staged.close();
    staged.close();
    assertThat(names("staging")).isEmpty();
    assertThat(names("")).containsExactly("staging");
  }

  @Test
  default void aPublishedFileIsUnderItsNameOnly() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    volume().mkdir(bytes("dir"), 0755);
    try (StagedFile staged = volume().stage(bytes("staging"))) {
      assertThat(staged.isSuspendable()).isFalse();
      write(staged, 0, "content");
      FileStatus before = staged.status();
      staged.link(bytes("dir/file"));
      FileStatus after = staged.status();
      assertThat(after.inode()).isEqualTo(before.inode());
      assertThat(after.links()).isEqualTo(1);
      assertThat(after).isEqualTo(stat("dir/file"));
    }
    assertThat(content("dir/file")).isEqualTo("content");
    assertThat(names("staging")).isEmpty();
    assertThat(stat("dir/file").links()).isEqualTo(1);
  }

  @Test
  default void aSuspendedFileIsGoneOnWithAndPublishedUnderOneName() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    try (StagedFile staged = volume().stageAt(bytes("staging/part"))) {
      write(staged, 0, "first ");
      assertThat(staged.isSuspendable()).isTrue();
      staged.suspend();
      assertThat(staged.isSuspendable()).isFalse();
    }
    assertThat(names("staging")).containsExactly("part");
    assertThat(stat("staging/part").mode() & 0777).isEqualTo(0600);
    try (StagedFile staged = volume().stageAt(bytes("staging/part"))) {
      assertThat(staged.status().sizeBytes()).isEqualTo(6);
      byte[] read = new byte[6];
      assertThat(staged.read(0, read, 0, 6)).isEqualTo(6);
      assertThat(new String(read, UTF_8)).isEqualTo("first ");
      write(staged, 6, "second");
      staged.link(bytes("file"));
      assertThat(staged.status()).isEqualTo(stat("file"));
      assertThat(staged.status().links()).isEqualTo(1);
    }
    assertThat(content("file")).isEqualTo("first second");
    assertThat(names("staging")).isEmpty();
  }

  @Test
  default void aStagedFileThatIsMovedLeavesItsPathToAnother() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    makeFile("staging/taken", "old");
    try (StagedFile first = volume().stageAt(bytes("staging/part"))) {
      write(first, 0, "first");
      assertThatThrownBy(() -> first.moveTo(bytes("staging/taken")))
          .isInstanceOf(FileAlreadyExistsException.class);
      first.moveTo(bytes("staging/whole"));
      try (StagedFile second = volume().stageAt(bytes("staging/part"))) {
        write(second, 0, "second");
        second.link(bytes("b"));
      }
      first.setMode(0640);
      first.link(bytes("a"));
      assertThat(first.status()).isEqualTo(stat("a"));
    }
    assertThat(content("a")).isEqualTo("first");
    assertThat(content("b")).isEqualTo("second");
    assertThat(stat("b").mode() & 0777).isEqualTo(0600);
    assertThat(names("staging")).containsExactly("taken");
  }

  @Test
  default void aStagedFileThatWasMovedIsGoneOnWithThereOrDiscarded() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    try (StagedFile staged = volume().stageAt(bytes("staging/part"))) {
      write(staged, 0, "kept");
      staged.moveTo(bytes("staging/whole"));
      staged.suspend();
    }
    assertThat(names("staging")).containsExactly("whole");
    try (StagedFile staged = volume().stageAt(bytes("staging/part"))) {
      write(staged, 0, "gone");
      staged.moveTo(bytes("staging/other"));
    }
    assertThat(names("staging")).containsExactly("whole");
    assertThat(content("staging/whole")).isEqualTo("kept");
  }

  @Test
  default void aFileThatCouldBeSuspendedAndIsClosedLeavesNothing() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    try (StagedFile staged = volume().stageAt(bytes("staging/part"))) {
      write(staged, 0, "gone");
    }
    assertThat(names("staging")).isEmpty();
  }

  @Test
  default void aFileThatHasItsNameKeepsItWhenItIsSuspended() throws IOException {
    volume().mkdir(bytes("staging"), 0700);
    makeFile("taken", "old");
    try (StagedFile staged = volume().stageAt(bytes("staging/part"))) {
      write(staged, 0, "new");
      assertThatThrownBy(() -> staged.link(bytes("taken")))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(names("staging")).containsExactly("part");
      assertThat(staged.isSuspendable()).isTrue();
      staged.link(bytes("free"));
      assertThat(staged.isSuspendable()).isFalse();
      staged.suspend();
    }
    assertThat(content("free")).isEqualTo("new");
    assertThat(names("staging")).isEmpty();
  }

  @Test
  default void aStagedFileThatFoundItsNameTakenCanTakeAnother() throws IOException {
    makeFile("taken", "old");
    try (StagedFile staged = volume().stage(ROOT)) {
      write(staged, 0, "new");
      assertThatThrownBy(() -> staged.link(bytes("taken")))
          .isInstanceOf(FileAlreadyExistsException.class);
      staged.link(bytes("free"));
    }
    assertThat(content("taken")).isEqualTo("old");
    assertThat(content("free")).isEqualTo("new");
    assertThat(names("")).containsExactlyInAnyOrder("taken", "free");
  }

  @Test
  default void aStagedFileIsStillItselfWhenItsNameHasBecomeAnothers() throws IOException {
    makeFile("old", "old");
    try (StagedFile file = volume().stage(ROOT)) {
      write(file, 0, "a new one");
      file.setMtime(1_000_000_000L);
      file.link(bytes("swap"));
      volume().exchange(bytes("swap"), bytes("old"));
      assertThat(file.status().sizeBytes()).isEqualTo(9);
      volume().unlink(bytes("swap"));
      FileStatus now = volume().stat(bytes("old")).orElseThrow();
      assertThat(file.status().inode()).isEqualTo(now.inode());
      assertThat(file.status().sizeBytes()).isEqualTo(now.sizeBytes());
      assertThat(file.status().mtimeNanos()).isEqualTo(now.mtimeNanos());
    }
  }

  @Test
  default void aStagedFileCarriesItsAttributes() throws IOException {
    try (StagedFile staged = volume().stage(ROOT)) {
      write(staged, 0, "content");
      staged.setMode(0640);
      staged.setMtime(MTIME);
      staged.sync();
      staged.link(bytes("file"));
    }
    FileStatus status = stat("file");
    assertThat(status.kind()).isEqualTo(Kind.FILE);
    assertThat(status.mode()).isEqualTo(0640);
    assertThat(status.mtimeNanos()).isEqualTo(MTIME);
    assertThat(status.sizeBytes()).isEqualTo(7);
  }

  @Test
  default void aStagedFileIsItsOwnersAloneAtFirst() throws IOException {
    try (StagedFile staged = volume().stage(ROOT)) {
      assertThat(staged.status().mode() & 0077).isZero();
      assertThat(staged.status().sizeBytes()).isZero();
    }
  }
}
