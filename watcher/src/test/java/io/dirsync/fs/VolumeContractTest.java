package io.dirsync.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link Volume} promises. A subclass opens one at a fresh, empty directory, and says
 * which promises its file system cannot keep.
 */
public abstract class VolumeContractTest {
  private static final long MTIME = 1_700_000_000_123_456_789L;
  private static final long MILLISECOND = 1_000_000;
  private static final byte[] ROOT = {};

  private Volume volume;

  /** A volume at an empty root; closed after the test. */
  protected abstract Volume open() throws IOException;

  /** Whether two names are swapped with nothing to be seen in between. */
  protected boolean exchangesInOneStep() {
    return true;
  }

  /** Whether names may be any bytes. */
  protected boolean takesAnyBytes() {
    return true;
  }

  /** Whether names may be any Unicode text. */
  protected boolean takesUnicode() {
    return true;
  }

  /** Whether a hole of a MiB at a multiple of a MiB is told from data. */
  protected boolean tellsHoles() {
    return true;
  }

  /** Whether set-id and sticky bits can be set. */
  protected boolean setsAllModeBits() {
    return true;
  }

  /** Whether owners can be set by number: by the rights of the test, too. */
  protected boolean setsOwners() {
    return true;
  }

  /** Whether a file's ctime, links and device are the system's own. */
  protected boolean tellsAllOfStatus() {
    return true;
  }

  /** How exactly a symbolic link's time can be set. */
  protected long linkMtimeGranularityNanos() {
    return 1;
  }

  @BeforeEach
  void openVolume() throws IOException {
    volume = open();
  }

  @AfterEach
  void closeVolume() throws IOException {
    volume.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "a/../b", "./a", "a\0b", "\0"})
  void refusesWhatIsNoPlainRelativePath(String refused) throws IOException {
    makeFile("file", "x");
    byte[] path = bytes(refused);
    List<ThrowingCallable> calls =
        List.of(
            () -> volume.stat(path),
            () -> volume.list(path, entry -> {}),
            () -> volume.readLink(path),
            () -> volume.open(path),
            () -> volume.stage(path),
            () -> volume.rename(path, bytes("b")),
            () -> volume.rename(bytes("file"), path),
            () -> volume.exchange(path, bytes("file")),
            () -> volume.exchange(bytes("file"), path),
            () -> volume.symlink(bytes("target"), path),
            () -> volume.setLinkMtime(path, MTIME),
            () -> volume.mkdir(path, 0755),
            () -> volume.rmdir(path),
            () -> volume.unlink(path),
            () -> volume.setMode(path, 0644),
            () -> volume.setOwner(path, -1, -1),
            () -> volume.setMtime(path, MTIME));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }
    try (StagedFile staged = volume.stage(ROOT)) {
      assertThatThrownBy(() -> staged.link(path)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Everything that works on what must be there, or makes something in a directory. */
  private List<ThrowingCallable> callsBelow(String directory) {
    byte[] path = bytes(directory + "/x");
    return List.of(
        () -> volume.list(path, entry -> {}),
        () -> volume.readLink(path),
        () -> volume.open(path),
        () -> volume.stage(path),
        () -> volume.rename(path, bytes("b")),
        () -> volume.rename(bytes("file"), path),
        () -> volume.exchange(path, bytes("file")),
        () -> volume.exchange(bytes("file"), path),
        () -> volume.symlink(bytes("target"), path),
        () -> volume.setLinkMtime(path, MTIME),
        () -> volume.mkdir(path, 0755),
        () -> volume.rmdir(path),
        () -> volume.unlink(path),
        () -> volume.setMode(path, 0644),
        () -> volume.setOwner(path, -1, -1),
        () -> volume.setMtime(path, MTIME),
        () -> {
          try (StagedFile staged = volume.stage(ROOT)) {
            staged.link(path);
          }
        });
  }

  @Test
  void saysSoWhenAParentIsMissing() throws IOException {
    makeFile("file", "x");
    for (ThrowingCallable call : callsBelow("missing")) {
      assertThatThrownBy(call).isInstanceOf(NoSuchFileException.class);
    }
    assertThat(volume.stat(bytes("missing/x"))).isEmpty();
    assertThat(content("file")).isEqualTo("x");
  }

  @Test
  void saysSoWhenAComponentIsAFile() throws IOException {
    makeFile("file", "x");
    makeFile("other", "y");
    for (ThrowingCallable call : callsBelow("other")) {
      assertThatThrownBy(call).isInstanceOf(NotDirectoryException.class);
    }
    assertThat(volume.stat(bytes("other/x"))).isEmpty();
    assertThat(content("other")).isEqualTo("y");
  }

  @Test
  void neverGoesThroughALinkInTheMiddle() throws IOException {
    makeFile("file", "x");
    volume.mkdir(bytes("real"), 0755);
    makeFile("real/x", "inside");
    volume.symlink(bytes("real"), bytes("link"));
    for (ThrowingCallable call : callsBelow("link")) {
      assertThatThrownBy(call).isInstanceOf(NotDirectoryException.class);
    }
    assertThat(volume.stat(bytes("link/x"))).isEmpty();
    assertThat(content("real/x")).isEqualTo("inside");
    assertThat(names("real")).containsExactly("x");
  }

  @Test
  void neverFollowsALinkAtTheEnd() throws IOException {
    makeFile("file", "x");
    volume.mkdir(bytes("dir"), 0755);
    volume.symlink(bytes("file"), bytes("toFile"));
    volume.symlink(bytes("dir"), bytes("toDir"));
    FileStatus before = stat("file");

    assertThat(stat("toFile").kind()).isEqualTo(Kind.SYMLINK);
    assertThatThrownBy(() -> volume.open(bytes("toFile"))).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.setMode(bytes("toFile"), 0600))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> names("toDir")).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> volume.stage(bytes("toDir")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> volume.rmdir(bytes("toDir")))
        .isInstanceOf(NotDirectoryException.class);
    assertThat(stat("file")).isEqualTo(before);
  }

  @Test
  void saysSoWhenNothingIsThere() throws IOException {
    makeFile("file", "x");
    byte[] path = bytes("missing");
    List<ThrowingCallable> calls =
        List.of(
            () -> volume.list(path, entry -> {}),
            () -> volume.readLink(path),
            () -> volume.open(path),
            () -> volume.stage(path),
            () -> volume.rename(path, bytes("b")),
            () -> volume.exchange(path, bytes("file")),
            () -> volume.exchange(bytes("file"), path),
            () -> volume.setLinkMtime(path, MTIME),
            () -> volume.rmdir(path),
            () -> volume.unlink(path),
            () -> volume.setMode(path, 0644),
            () -> volume.setOwner(path, 0, 0),
            () -> volume.setMtime(path, MTIME));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call).isInstanceOf(NoSuchFileException.class);
    }
    assertThat(volume.stat(path)).isEmpty();
  }

  @Test
  void neverTakesANameThatIsInUse() throws IOException {
    makeFile("file", "x");
    volume.mkdir(bytes("dir"), 0755);
    volume.symlink(bytes("nowhere"), bytes("link"));
    makeFile("source", "s");
    for (String taken : List.of("file", "dir", "link")) {
      byte[] path = bytes(taken);
      FileStatus before = stat(taken);
      assertThatThrownBy(() -> volume.mkdir(path, 0755))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> volume.symlink(bytes("t"), path))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> volume.rename(bytes("source"), path))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> makeFile(taken, "new"))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(stat(taken)).isEqualTo(before);
    }
    assertThat(content("source")).isEqualTo("s");
  }

  @Test
  void theRootCannotBeRemovedOrMoved() throws IOException {
    makeFile("file", "x");
    assertThatThrownBy(() -> volume.rmdir(ROOT)).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.unlink(ROOT)).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.rename(ROOT, bytes("b")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.exchange(ROOT, bytes("file")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.mkdir(ROOT, 0755)).isInstanceOf(FileSystemException.class);
    assertThat(content("file")).isEqualTo("x");
  }

  @Test
  void theRootIsADirectoryWithAnIdentity() throws IOException {
    FileStatus opened = volume.openedRoot();
    FileStatus current = volume.currentRoot().orElseThrow();
    FileStatus byPath = volume.stat(ROOT).orElseThrow();
    assertThat(opened.kind()).isEqualTo(Kind.DIRECTORY);
    for (FileStatus other : List.of(current, byPath)) {
      assertThat(other.inode()).isEqualTo(opened.inode());
      assertThat(other.device()).isEqualTo(opened.device());
    }
  }

  @Test
  void listsEveryEntryWithItsStatus() throws IOException {
    volume.mkdir(bytes("dir"), 0755);
    makeFile("dir/file", "four");
    volume.mkdir(bytes("dir/sub"), 0755);
    makeFile("dir/sub/deeper", "x");
    volume.symlink(bytes("anywhere"), bytes("dir/link"));
    makeFile("dir/.hidden", "");
    String odd = takesUnicode() ? "\u00e4\u65e5 \n" : "\\ \n";
    makeFile("dir/" + odd, "x");

    assertThat(names("dir")).containsExactlyInAnyOrder("file", "sub", "link", ".hidden", odd);
    volume.list(
        bytes("dir"),
        entry -> {
          String name = new String(entry.name(), UTF_8);
          try {
            assertThat(entry.status()).isEqualTo(stat("dir/" + name));
          } catch (IOException e) {
            throw new AssertionError(name, e);
          }
        });
    assertThat(names("")).containsExactly("dir");
  }

  @Test
  void namesAreAnyBytesOrAreRefusedInWords() throws IOException {
    byte[] eucJp = HexFormat.of().parseHex("c6fccbdc");
    if (!takesAnyBytes()) {
      assertThatThrownBy(() -> volume.mkdir(eucJp, 0755))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("UTF-8");
      assertThatThrownBy(() -> volume.stat(eucJp)).isInstanceOf(FileSystemException.class);
      return;
    }
    volume.mkdir(eucJp, 0755);
    volume.symlink(eucJp, bytes("link"));
    List<byte[]> names = new ArrayList<>();
    volume.list(ROOT, entry -> names.add(entry.name()));
    assertThat(names).containsExactlyInAnyOrder(eucJp, bytes("link"));
    assertThat(volume.readLink(bytes("link"))).isEqualTo(eucJp);
    assertThat(volume.stat(eucJp)).isPresent();
  }

  @Test
  void aStagedFileThatIsClosedUnpublishedLeavesNothing() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    StagedFile staged = volume.stage(bytes("staging"));
    write(staged, 0, "gone");
    staged.close();
    staged.close();
    assertThat(names("staging")).isEmpty();
    assertThat(names("")).containsExactly("staging");
  }

  @Test
  void aPublishedFileIsUnderItsNameOnly() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    volume.mkdir(bytes("dir"), 0755);
    try (StagedFile staged = volume.stage(bytes("staging"))) {
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
  void aSuspendedFileIsGoneOnWithAndPublishedUnderOneName() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    try (StagedFile staged = volume.stageAt(bytes("staging/part"))) {
      write(staged, 0, "first ");
      staged.suspend();
    }
    assertThat(names("staging")).containsExactly("part");
    assertThat(stat("staging/part").mode() & 0777).isEqualTo(0600);
    try (StagedFile staged = volume.stageAt(bytes("staging/part"))) {
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
  void aStagedFileThatIsMovedLeavesItsPathToAnother() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    makeFile("staging/taken", "old");
    try (StagedFile first = volume.stageAt(bytes("staging/part"))) {
      write(first, 0, "first");
      assertThatThrownBy(() -> first.moveTo(bytes("staging/taken")))
          .isInstanceOf(FileAlreadyExistsException.class);
      first.moveTo(bytes("staging/whole"));
      try (StagedFile second = volume.stageAt(bytes("staging/part"))) {
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
  void aStagedFileThatWasMovedIsGoneOnWithThereOrDiscarded() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    try (StagedFile staged = volume.stageAt(bytes("staging/part"))) {
      write(staged, 0, "kept");
      staged.moveTo(bytes("staging/whole"));
      staged.suspend();
    }
    assertThat(names("staging")).containsExactly("whole");
    try (StagedFile staged = volume.stageAt(bytes("staging/part"))) {
      write(staged, 0, "gone");
      staged.moveTo(bytes("staging/other"));
    }
    assertThat(names("staging")).containsExactly("whole");
    assertThat(content("staging/whole")).isEqualTo("kept");
  }

  @Test
  void aFileThatCouldBeSuspendedAndIsClosedLeavesNothing() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    try (StagedFile staged = volume.stageAt(bytes("staging/part"))) {
      write(staged, 0, "gone");
    }
    assertThat(names("staging")).isEmpty();
  }

  @Test
  void aFileThatHasItsNameKeepsItWhenItIsSuspended() throws IOException {
    volume.mkdir(bytes("staging"), 0700);
    makeFile("taken", "old");
    try (StagedFile staged = volume.stageAt(bytes("staging/part"))) {
      write(staged, 0, "new");
      assertThatThrownBy(() -> staged.link(bytes("taken")))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(names("staging")).containsExactly("part");
      staged.link(bytes("free"));
      staged.suspend();
    }
    assertThat(content("free")).isEqualTo("new");
    assertThat(names("staging")).isEmpty();
  }

  @Test
  void aStagedFileThatFoundItsNameTakenCanTakeAnother() throws IOException {
    makeFile("taken", "old");
    try (StagedFile staged = volume.stage(ROOT)) {
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
  void aStagedFileIsStillItselfWhenItsNameHasBecomeAnothers() throws IOException {
    makeFile("old", "old");
    try (StagedFile file = volume.stage(ROOT)) {
      write(file, 0, "a new one");
      file.setMtime(1_000_000_000L);
      file.link(bytes("swap"));
      volume.exchange(bytes("swap"), bytes("old"));
      assertThat(file.status().sizeBytes()).isEqualTo(9);
      volume.unlink(bytes("swap"));
      FileStatus now = volume.stat(bytes("old")).orElseThrow();
      assertThat(file.status().inode()).isEqualTo(now.inode());
      assertThat(file.status().sizeBytes()).isEqualTo(now.sizeBytes());
      assertThat(file.status().mtimeNanos()).isEqualTo(now.mtimeNanos());
    }
  }

  @Test
  void aStagedFileCarriesItsAttributes() throws IOException {
    try (StagedFile staged = volume.stage(ROOT)) {
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
  void aStagedFileIsItsOwnersAloneAtFirst() throws IOException {
    try (StagedFile staged = volume.stage(ROOT)) {
      assertThat(staged.status().mode() & 0077).isZero();
      assertThat(staged.status().sizeBytes()).isZero();
    }
  }

  @Test
  void writesGoWhereTheyAreTold() throws IOException {
    try (StagedFile staged = volume.stage(ROOT)) {
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
  void truncateMakesAFileLongerWithZeros() throws IOException {
    try (StagedFile staged = volume.stage(ROOT)) {
      write(staged, 0, "head");
      staged.truncate(2);
      staged.truncate(6);
      staged.link(bytes("file"));
    }
    assertThat(content("file")).isEqualTo("he\0\0\0\0");
  }

  @Test
  void copiesFromAnotherFile() throws IOException {
    byte[] data = new byte[300_000];
    new Random(7).nextBytes(data);
    makeFile("source", data);
    try (ReadableFile source = volume.open(bytes("source"));
        StagedFile staged = volume.stage(ROOT)) {
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
  void sharesWhatAnotherFileHoldsOrDoesNothing() throws IOException {
    byte[] data = new byte[12_288];
    new Random(8).nextBytes(data);
    makeFile("source", data);
    for (int offset : new int[] {0, 4096, 77}) {
      try (ReadableFile source = volume.open(bytes("source"));
          StagedFile staged = volume.stage(ROOT)) {
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
  void readsBackWhatWasWrittenToAFileWithoutAName() throws IOException {
    makeFile("source", bytes("0123456789"));
    try (ReadableFile source = volume.open(bytes("source"));
        StagedFile staged = volume.stage(ROOT)) {
      write(staged, 0, "head");
      staged.copyFrom(source, 2, 4, 3);
      byte[] read = new byte[9];
      assertThat(staged.read(2, read, 1, 8)).isEqualTo(5);
      assertThat(read).isEqualTo(bytes("\0ad234\0\0\0"));
      assertThat(staged.read(7, read, 0, 1)).isEqualTo(-1);
    }
  }

  @Test
  void readsAtAnyPosition() throws IOException {
    makeFile("file", "0123456789");
    try (ReadableFile file = volume.open(bytes("file"))) {
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
  void anOpenFileStaysReadableWhenItsNameIsTakenAway() throws IOException {
    makeFile("file", "still here");
    try (ReadableFile file = volume.open(bytes("file"))) {
      FileStatus before = file.status();
      volume.unlink(bytes("file"));
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
  void opensRegularFilesOnly() throws IOException {
    volume.mkdir(bytes("dir"), 0755);
    volume.symlink(bytes("x"), bytes("link"));
    for (String path : List.of("dir", "link", "")) {
      assertThatThrownBy(() -> volume.open(bytes(path))).isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  void tellsWhereDataAndHolesAre() throws IOException {
    long mib = 1 << 20;
    try (StagedFile staged = volume.stage(ROOT)) {
      write(staged, mib, "x".repeat((int) mib));
      staged.truncate(3 * mib);
      staged.link(bytes("holes"));
    }
    makeFile("empty", "");
    makeFile("full", "x".repeat((int) mib));
    try (ReadableFile file = volume.open(bytes("holes"))) {
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
    try (ReadableFile file = volume.open(bytes("full"))) {
      assertThat(file.nextData(17)).isEqualTo(17);
      assertThat(file.nextHole(17)).isEqualTo(mib);
    }
    try (ReadableFile file = volume.open(bytes("empty"))) {
      assertThat(file.nextData(0)).isZero();
      assertThat(file.nextHole(0)).isZero();
    }
  }

  @Test
  void copiesHolesAsHoles() throws IOException {
    long mib = 1 << 20;
    try (StagedFile staged = volume.stage(ROOT)) {
      write(staged, 4 * mib, "tail");
      staged.link(bytes("holes"));
    }
    try (ReadableFile source = volume.open(bytes("holes"));
        StagedFile staged = volume.stage(ROOT)) {
      staged.copyFrom(source, 0, 0, 4 * mib + 4);
      staged.link(bytes("copy"));
    }
    assertThat(contentBytes("copy")).isEqualTo(contentBytes("holes"));
    if (tellsHoles()) {
      assertThat(stat("copy").allocatedBytes()).isLessThan(mib);
    }
  }

  @Test
  void aLeaseIsGrantedOnlyWhileNobodyWrites() throws IOException {
    StagedFile staged = volume.stage(ROOT);
    staged.link(bytes("file"));
    try (ReadableFile file = volume.open(bytes("file"))) {
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

  @Test
  void renamesFilesLinksAndWholeDirectories() throws IOException {
    makeFile("file", "x");
    volume.symlink(bytes("t"), bytes("link"));
    volume.mkdir(bytes("dir"), 0755);
    makeFile("dir/inside", "y");
    for (String name : List.of("file", "link", "dir")) {
      long inode = stat(name).inode();
      volume.rename(bytes(name), bytes(name + "2"));
      assertThat(stat(name + "2").inode()).isEqualTo(inode);
      assertThat(volume.stat(bytes(name))).isEmpty();
    }
    volume.rename(bytes("file2"), bytes("dir2/file"));
    assertThat(names("dir2")).containsExactlyInAnyOrder("inside", "file");
    assertThat(content("dir2/inside")).isEqualTo("y");
    assertThat(volume.readLink(bytes("link2"))).isEqualTo(bytes("t"));
  }

  @Test
  void aDirectoryCannotGoBelowItself() throws IOException {
    volume.mkdir(bytes("dir"), 0755);
    volume.mkdir(bytes("dir/sub"), 0755);
    assertThatThrownBy(() -> volume.rename(bytes("dir"), bytes("dir/sub/x")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.exchange(bytes("dir"), bytes("dir/sub")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume.exchange(bytes("dir/sub"), bytes("dir")))
        .isInstanceOf(FileSystemException.class);
    assertThat(names("dir")).containsExactly("sub");
    assertThat(names("")).containsExactly("dir");
  }

  @Test
  void exchangeSwapsWhateverTheNamesStandFor() throws IOException {
    volume.mkdir(bytes("a"), 0755);
    volume.mkdir(bytes("b"), 0755);
    makeFile("a/one", "1");
    makeFile("b/two", "22");
    long one = stat("a/one").inode();
    long two = stat("b/two").inode();

    volume.exchange(bytes("a/one"), bytes("b/two"));
    assertThat(content("a/one")).isEqualTo("22");
    assertThat(content("b/two")).isEqualTo("1");
    assertThat(stat("a/one").inode()).isEqualTo(two);
    assertThat(stat("b/two").inode()).isEqualTo(one);

    volume.exchange(bytes("a"), bytes("b/two"));
    assertThat(content("a")).isEqualTo("1");
    assertThat(content("b/two/one")).isEqualTo("22");

    volume.exchange(bytes("a"), bytes("a"));
    assertThat(content("a")).isEqualTo("1");
    assertThat(names("")).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aFileBeingMadeIsKnownByTheNameThatAnExchangeGaveIt() throws IOException {
    makeFile("old", "1");
    volume.mkdir(bytes("dir"), 0755);
    try (StagedFile staged = volume.stage(ROOT)) {
      staged.link(bytes("new"));
      volume.exchange(bytes("new"), bytes("old"));
      assertThat(staged.status().inode()).isEqualTo(stat("old").inode());
      volume.rename(bytes("old"), bytes("dir/file"));
      volume.rename(bytes("dir"), bytes("moved"));
      staged.setMode(0600);
      assertThat(stat("moved/file").mode()).isEqualTo(0600);
    }
  }

  @Test
  void nobodySeesAnExchangeHalfDone() throws Exception {
    makeFile("one", "1");
    makeFile("two", "22");
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (exchangesInOneStep() && !done.get()) {
                      assertThat(volume.stat(bytes("one"))).isPresent();
                      assertThat(volume.stat(bytes("two"))).isPresent();
                    }
                  } catch (IOException | AssertionError e) {
                    failure.set(e);
                  }
                });
    for (int i = 0; i < 500; i++) {
      volume.exchange(bytes("one"), bytes("two"));
    }
    done.set(true);
    reader.join();
    assertThat(failure.get()).isNull();
    assertThat(content("one")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"target", "/absolute/target", "../up", "dangling/x y", "..", "\u00e4"})
  void aLinkKeepsItsTargetAsItIs(String target) throws IOException {
    if (!takesUnicode() && !target.chars().allMatch(c -> c < 128)) {
      assertThatThrownBy(() -> volume.symlink(bytes(target), bytes("link")))
          .isInstanceOf(FileSystemException.class);
      return;
    }
    volume.symlink(bytes(target), bytes("link"));
    assertThat(volume.readLink(bytes("link"))).isEqualTo(bytes(target));
    FileStatus status = stat("link");
    assertThat(status.kind()).isEqualTo(Kind.SYMLINK);
    volume.unlink(bytes("link"));
    assertThat(names("")).isEmpty();
  }

  @Test
  void aLinkHasATimeOfItsOwn() throws IOException {
    makeFile("file", "x");
    long fileTime = stat("file").mtimeNanos();
    volume.symlink(bytes("file"), bytes("link"));
    volume.setLinkMtime(bytes("link"), MTIME);
    long granularity = linkMtimeGranularityNanos();
    assertThat(stat("link").mtimeNanos() / granularity).isEqualTo(MTIME / granularity);
    assertThat(stat("file").mtimeNanos()).isEqualTo(fileTime);
  }

  @Test
  void readsOnlyLinksAsLinks() throws IOException {
    makeFile("file", "x");
    volume.mkdir(bytes("dir"), 0755);
    for (String path : List.of("file", "dir")) {
      assertThatThrownBy(() -> volume.readLink(bytes(path)))
          .isInstanceOf(FileSystemException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0700, 0755, 0777, 0750, 0711})
  void aDirectoryGetsExactlyTheBitsAskedFor(int mode) throws IOException {
    volume.mkdir(bytes("dir"), mode);
    assertThat(stat("dir").mode()).isEqualTo(mode);
    assertThat(stat("dir").kind()).isEqualTo(Kind.DIRECTORY);
  }

  @Test
  void setsModesOfFilesAndDirectories() throws IOException {
    makeFile("file", "x");
    volume.mkdir(bytes("dir"), 0755);
    volume.setMode(bytes("file"), 0444);
    volume.setMode(bytes("dir"), 0700);
    assertThat(stat("file").mode()).isEqualTo(0444);
    assertThat(stat("dir").mode()).isEqualTo(0700);
    if (setsAllModeBits()) {
      volume.setMode(bytes("dir"), 03775);
      volume.setMode(bytes("file"), 04755);
      assertThat(stat("dir").mode()).isEqualTo(03775);
      assertThat(stat("file").mode()).isEqualTo(04755);
    } else {
      assertThatThrownBy(() -> volume.setMode(bytes("file"), 04755))
          .isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  void setsOwnersAndLeavesWhatIsMinusOne() throws IOException {
    makeFile("file", "x");
    volume.symlink(bytes("file"), bytes("link"));
    FileStatus before = stat("file");
    volume.setOwner(bytes("file"), -1, -1);
    assertThat(stat("file").uid()).isEqualTo(before.uid());
    if (!setsOwners()) {
      assertThatThrownBy(() -> volume.setOwner(bytes("file"), 4711, 4712))
          .isInstanceOf(FileSystemException.class);
      return;
    }
    volume.setOwner(bytes("link"), 4711, 4712);
    assertThat(stat("link").uid()).isEqualTo(4711);
    assertThat(stat("link").gid()).isEqualTo(4712);
    assertThat(stat("file").uid()).isEqualTo(before.uid());
    volume.setOwner(bytes("file"), -1, 4713);
    assertThat(stat("file").uid()).isEqualTo(before.uid());
    assertThat(stat("file").gid()).isEqualTo(4713);
    volume.setOwner(bytes("file"), 4714, -1);
    assertThat(stat("file").uid()).isEqualTo(4714);
    assertThat(stat("file").gid()).isEqualTo(4713);
    try (StagedFile staged = volume.stage(ROOT)) {
      staged.setOwner(4715, 4716);
      assertThat(staged.status().uid()).isEqualTo(4715);
      assertThat(staged.status().gid()).isEqualTo(4716);
    }
  }

  @Test
  void setsTimesToTheNanosecond() throws IOException {
    makeFile("file", "x");
    volume.mkdir(bytes("dir"), 0755);
    for (String path : List.of("file", "dir")) {
      volume.setMtime(bytes(path), MTIME);
      assertThat(stat(path).mtimeNanos()).isEqualTo(MTIME);
    }
  }

  @Test
  void aChangeOfAttributesShowsInTheStatusOnly() throws IOException {
    makeFile("file", "x");
    FileStatus before = stat("file");
    volume.setMode(bytes("file"), before.mode() ^ 0011);
    FileStatus after = stat("file");
    assertThat(after.inode()).isEqualTo(before.inode());
    assertThat(after.mtimeNanos()).isEqualTo(before.mtimeNanos());
    if (tellsAllOfStatus()) {
      assertThat(after.ctimeNanos()).isGreaterThanOrEqualTo(before.ctimeNanos());
    }
  }

  @Test
  void removesDirectoriesOnlyWhenEmpty() throws IOException {
    volume.mkdir(bytes("dir"), 0755);
    makeFile("dir/file", "x");
    assertThatThrownBy(() -> volume.rmdir(bytes("dir")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThatThrownBy(() -> volume.rmdir(bytes("dir/file")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> volume.unlink(bytes("dir"))).isInstanceOf(FileSystemException.class);
    assertThat(content("dir/file")).isEqualTo("x");
    volume.unlink(bytes("dir/file"));
    volume.rmdir(bytes("dir"));
    assertThat(names("")).isEmpty();
  }

  @Test
  void filesAreToldApart() throws IOException {
    makeFile("one", "x");
    makeFile("two", "x");
    assertThat(stat("one").inode()).isNotEqualTo(stat("two").inode());
    if (tellsAllOfStatus()) {
      assertThat(stat("one").device()).isEqualTo(volume.openedRoot().device());
      long now = System.currentTimeMillis() * MILLISECOND;
      assertThat(stat("one").ctimeNanos())
          .isBetween(now - 600_000 * MILLISECOND, now + 600_000 * MILLISECOND);
    }
  }

  @Test
  void syncTakesNothingAway() throws IOException {
    volume.mkdir(bytes("dir"), 0755);
    makeFile("dir/file", "x");
    volume.setMode(bytes("dir/file"), 0600);
    volume.rename(bytes("dir"), bytes("dir2"));
    try (StagedFile staged = volume.stage(ROOT)) {
      write(staged, 0, "staged");
      volume.sync();
      staged.link(bytes("late"));
      volume.sync();
    }
    volume.sync();
    assertThat(content("dir2/file")).isEqualTo("x");
    assertThat(content("late")).isEqualTo("staged");
  }

  @Test
  void tellsTheSpaceLeft() throws IOException {
    Volume.Space space = volume.space();
    assertThat(space.totalBytes()).isPositive();
    assertThat(space.availableBytes()).isBetween(0L, space.totalBytes());
  }

  @Test
  void numbersStandForThemselvesAsAccounts() {
    int unused = 987_654_321;
    assertThat(volume.ownerName(unused)).isEqualTo("987654321");
    assertThat(volume.groupName(unused)).isEqualTo("987654321");
    assertThat(volume.uid("987654321")).hasValue(unused);
    assertThat(volume.gid("987654321")).hasValue(unused);
    assertThat(volume.uid("no such account")).isEmpty();
    assertThat(volume.gid("no such account")).isEmpty();
    assertThat(volume.uid(volume.ownerName(0))).hasValue(0);
    assertThat(volume.gid(volume.groupName(0))).hasValue(0);
  }

  private void makeFile(String path, String content) throws IOException {
    makeFile(path, bytes(content));
  }

  private void makeFile(String path, byte[] content) throws IOException {
    try (StagedFile staged = volume.stage(ROOT)) {
      staged.write(0, content, 0, content.length);
      staged.setMode(0644);
      staged.link(bytes(path));
    }
  }

  private static void write(StagedFile file, long position, String text) throws IOException {
    byte[] content = bytes(text);
    file.write(position, content, 0, content.length);
  }

  private String content(String path) throws IOException {
    return new String(contentBytes(path), UTF_8);
  }

  private byte[] contentBytes(String path) throws IOException {
    try (ReadableFile file = volume.open(bytes(path))) {
      byte[] content = new byte[(int) file.status().sizeBytes()];
      int count = file.read(0, content, 0, content.length);
      assertThat(count).isEqualTo(content.length == 0 ? -1 : content.length);
      return content;
    }
  }

  private FileStatus stat(String path) throws IOException {
    return volume.stat(bytes(path)).orElseThrow();
  }

  private List<String> names(String directory) throws IOException {
    List<String> names = new ArrayList<>();
    volume.list(bytes(directory), entry -> names.add(new String(entry.name(), UTF_8)));
    return names;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
