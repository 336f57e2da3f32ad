package io.dirsync.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class MemoryVolumeTest {
  private static final InstantSource STOPPED = InstantSource.fixed(Instant.ofEpochSecond(1000));
  private static final byte[] ROOT = {};
  private static final int SEEDS = 300;

  private final MemoryVolume volume = new MemoryVolume(STOPPED);
  private final MemoryUser user = volume.user();

  @Test
  void everyChangeShowsInCtimeThoughTheClockStandsStill() throws IOException {
    Set<Long> ctimes = new HashSet<>();
    user.write(bytes("file"), bytes("one"));
    assertThat(ctimes.add(ctime("file"))).isTrue();
    user.overwrite(bytes("file"), 0, bytes("two"));
    assertThat(ctimes.add(ctime("file"))).isTrue();
    user.setMode(bytes("file"), 0600);
    assertThat(ctimes.add(ctime("file"))).isTrue();
    user.setMtime(bytes("file"), 5);
    assertThat(ctimes.add(ctime("file"))).isTrue();
    volume.rename(bytes("file"), bytes("moved"));
    assertThat(ctimes.add(ctime("moved"))).isTrue();
    user.link(bytes("moved"), bytes("second"));
    assertThat(ctimes.add(ctime("moved"))).isTrue();
    assertThat(volume.stat(bytes("second"))).isEqualTo(volume.stat(bytes("moved")));
    assertThat(volume.stat(bytes("second")).orElseThrow().links()).isEqualTo(2);
  }

  @Test
  void usersWriteInPlaceAppendAndRenameOver() throws IOException {
    user.write(bytes("file"), bytes("hello"));
    long inode = volume.stat(bytes("file")).orElseThrow().inode();
    user.overwrite(bytes("file"), 1, bytes("u"));
    user.append(bytes("file"), bytes("!"));
    assertThat(user.read(bytes("file"))).isEqualTo(bytes("hullo!"));
    assertThat(volume.stat(bytes("file")).orElseThrow().inode()).isEqualTo(inode);
    user.write(bytes("saved"), bytes("new"));
    user.rename(bytes("saved"), bytes("file"));
    assertThat(user.read(bytes("file"))).isEqualTo(bytes("new"));
    assertThat(volume.stat(bytes("file")).orElseThrow().inode()).isNotEqualTo(inode);
    user.mkdir(bytes("dir"));
    user.write(bytes("dir/inside"), bytes("x"));
    user.remove(bytes("dir"));
    assertThat(tree(volume)).containsOnlyKeys("file");
  }

  @Test
  void aLeaseIsBusyWhileAUserWritesAndKeepsUsersOut() throws IOException {
    MemoryUser.OpenFile writer = user.openForWriting(bytes("file"));
    ReadableFile file = volume.open(bytes("file"));
    assertThat(file.lease()).isEqualTo(Lease.BUSY);
    writer.close();
    assertThat(file.lease()).isEqualTo(Lease.GRANTED);
    assertThatThrownBy(() -> user.append(bytes("file"), bytes("x")))
        .isInstanceOf(FileSystemException.class);
    file.close();
    user.append(bytes("file"), bytes("x"));
  }

  @Test
  void theInodeOfARemovedFileGoesToTheNext() throws IOException {
    user.write(bytes("first"), bytes("x"));
    FileStatus first = volume.stat(bytes("first")).orElseThrow();
    user.remove(bytes("first"));
    user.write(bytes("second"), bytes("x"));
    FileStatus second = volume.stat(bytes("second")).orElseThrow();
    assertThat(second.inode()).isEqualTo(first.inode());
    assertThat(second.ctimeNanos()).isGreaterThan(first.ctimeNanos());
  }

  @Test
  void isFullWhenItIsFullAndHasRoomAgainAfterRemoval() throws IOException {
    MemoryVolume small = new MemoryVolume(STOPPED, 3 * 4096);
    small.user().write(bytes("big"), new byte[2 * 4096]);
    try (StagedFile staged = small.stage(ROOT)) {
      staged.write(0, new byte[4096], 0, 4096);
      assertThatThrownBy(() -> staged.write(4096, new byte[1], 0, 1))
          .isInstanceOf(DiskFullException.class);
      assertThat(small.space().availableBytes()).isZero();
    }
    assertThat(small.space().availableBytes()).isEqualTo(4096);
    try (ReadableFile open = small.open(bytes("big"))) {
      small.unlink(bytes("big"));
      assertThat(open.read(0, new byte[1], 0, 1)).isEqualTo(1);
      assertThat(small.space().availableBytes()).isEqualTo(4096);
    }
    assertThat(small.space()).isEqualTo(new Volume.Space(3 * 4096, 3 * 4096));
  }

  @Test
  void failsAsPlannedAndDoesNothingThen() throws IOException {
    user.write(bytes("file"), bytes("x"));
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.UNLINK) {
            throw new AccessDeniedException(new String(path, UTF_8));
          }
        });
    assertThatThrownBy(() -> volume.unlink(bytes("file")))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessage("file");
    assertThat(volume.stat(bytes("file"))).isPresent();
  }

  @Test
  void usersActBetweenTwoSteps() throws IOException {
    user.write(bytes("file"), bytes("old"));
    List<String> steps = new ArrayList<>();
    volume.setStepHook(
        (operation, path) -> {
          steps.add(operation + " " + new String(path, UTF_8));
          if (operation == Operation.EXCHANGE) {
            try {
              user.write(bytes("file"), bytes("slipped in"));
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        });
    try (StagedFile staged = volume.stage(ROOT)) {
      staged.write(0, bytes("new"), 0, 3);
      staged.link(bytes("staged"));
    }
    volume.exchange(bytes("file"), bytes("staged"));
    assertThat(steps).containsExactly("STAGE ", "WRITE ", "LINK staged", "EXCHANGE file");
    assertThat(user.read(bytes("staged"))).isEqualTo(bytes("slipped in"));
    assertThat(user.read(bytes("file"))).isEqualTo(bytes("new"));
  }

  @Test
  void anUnmountedRootShows() throws IOException {
    user.unmount();
    assertThat(volume.currentRoot()).isEmpty();
    user.mount();
    assertThat(volume.currentRoot().map(FileStatus::inode)).contains(volume.openedRoot().inode());
  }

  @Test
  void aRestartEndsTheProcessAndNothingElse() throws IOException {
    user.write(bytes("file"), bytes("unsynced"));
    StagedFile staged = volume.stage(ROOT);
    staged.write(0, new byte[4096], 0, 4096);
    MemoryVolume next = volume.restart();
    assertThatThrownBy(() -> volume.stat(bytes("file"))).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> staged.link(bytes("late"))).isInstanceOf(FileSystemException.class);
    staged.close();
    assertThat(tree(next)).containsOnlyKeys("file");
    assertThat(next.user().read(bytes("file"))).isEqualTo(bytes("unsynced"));
    assertThat(next.space().availableBytes()).isEqualTo(next.space().totalBytes() - 4096);
  }

  @Test
  void whatWasSyncedSurvivesAPowerCut() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryVolume before = new MemoryVolume(STOPPED);
      before.mkdir(bytes("dir"), 0750);
      publish(before, "dir/file", "content", false);
      before.symlink(bytes("target"), bytes("link"));
      before.user().link(bytes("dir/file"), bytes("same"));
      StagedFile staged = before.stage(ROOT);
      staged.write(0, bytes("staged"), 0, 6);
      before.sync();
      staged.link(bytes("late"));
      Map<String, FileStatus> synced = tree(before);
      Volume.Space space = before.space();

      MemoryVolume after = before.crash(new Random(seed));

      Map<String, FileStatus> found = tree(after);
      if (found.containsKey("late")) {
        assertThat(after.user().read(bytes("late"))).isEqualTo(bytes("staged"));
        assertThat(found).isEqualTo(synced);
        assertThat(after.space()).isEqualTo(space);
      } else {
        synced.remove("late");
        assertThat(found).isEqualTo(synced);
        assertThat(after.space().availableBytes()).isEqualTo(space.availableBytes() + 4096);
      }
      assertThat(after.user().read(bytes("same"))).isEqualTo(bytes("content"));
      assertThat(after.readLink(bytes("link"))).isEqualTo(bytes("target"));
    }
  }

  @Test
  void namesSurviveAPowerCutInTheOrderInWhichTheyWereMade() throws IOException {
    Set<Integer> counts = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryVolume before = new MemoryVolume(STOPPED);
      for (int i = 0; i < 5; i++) {
        before.mkdir(bytes("d" + i), 0755);
      }
      Map<String, FileStatus> found = tree(before.crash(new Random(seed)));
      for (int i = 0; i < found.size(); i++) {
        assertThat(found).containsKey("d" + i);
      }
      counts.add(found.size());
    }
    assertThat(counts).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
  }

  @Test
  void aFileThatWasRenamedButNotSyncedMayComeBackEmptyTornOrZeroed() throws IOException {
    String content = "abcdefgh".repeat(1000);
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryVolume before = new MemoryVolume(STOPPED);
      publish(before, "file", "old", true);
      before.sync();
      publish(before, "staged", content, false);
      before.exchange(bytes("staged"), bytes("file"));

      MemoryVolume after = before.crash(new Random(seed));

      String found = new String(after.user().read(bytes("file")), UTF_8);
      outcomes.add(outcome(found, content));
      if (!found.equals("old")) {
        assertThat(after.user().read(bytes("staged"))).isEqualTo(bytes("old"));
      }
    }
    assertThat(outcomes).containsExactlyInAnyOrder("old", "empty", "cut off", "zeros at the end");
  }

  private static String outcome(String found, String content) {
    if (found.equals("old")) {
      return "old";
    }
    if (found.isEmpty()) {
      return "empty";
    }
    if (found.length() < content.length()) {
      assertThat(content).startsWith(found);
      return "cut off";
    }
    assertThat(found).hasSameSizeAs(content).endsWith("\0");
    assertThat(content).startsWith(found.replace("\0", ""));
    return "zeros at the end";
  }

  @Test
  void aFileSyncedByItselfHasItsContentOnceItsNameSurvives() throws IOException {
    boolean seen = false;
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryVolume before = new MemoryVolume(STOPPED);
      publish(before, "file", "content", true);
      MemoryVolume after = before.crash(new Random(seed));
      Optional<FileStatus> status = after.stat(bytes("file"));
      if (status.isPresent()) {
        seen = true;
        assertThat(after.user().read(bytes("file"))).isEqualTo(bytes("content"));
        assertThat(status.orElseThrow().mtimeNanos()).isEqualTo(77);
        assertThat(status.orElseThrow().mode()).isEqualTo(0640);
      }
    }
    assertThat(seen).isTrue();
  }

  @Test
  void changedContentNeverHidesUnderAnOldTime() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryVolume before = new MemoryVolume(STOPPED);
      before.user().write(bytes("file"), bytes("0123456789"));
      before.sync();
      FileStatus synced = before.stat(bytes("file")).orElseThrow();
      before.user().overwrite(bytes("file"), 0, bytes("abcdefghij"));
      MemoryVolume after = before.crash(new Random(seed));
      byte[] found = after.user().read(bytes("file"));
      if (!new String(found, UTF_8).equals("0123456789")) {
        assertThat(after.stat(bytes("file")).orElseThrow().mtimeNanos())
            .isGreaterThan(synced.mtimeNanos());
      }
    }
  }

  @Test
  void aPowerCutInTheMiddleOfAnOperationEndsIt() throws IOException {
    List<MemoryVolume> next = new ArrayList<>();
    volume.setStepHook((operation, path) -> next.add(volume.crash(new Random(1))));
    assertThatThrownBy(() -> volume.mkdir(bytes("dir"), 0755))
        .isInstanceOf(FileSystemException.class);
    assertThat(next).hasSize(1);
    assertThat(tree(next.getFirst())).isEmpty();
  }

  /** Random work of a process and its users: after any power cut the tree is sound. */
  @Test
  void aPowerCutAtAnyMomentLeavesASoundTree() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      MemoryVolume at = new MemoryVolume(STOPPED);
      for (int i = 0; i < 60; i++) {
        act(at, random);
      }
      MemoryVolume after = at.crash(random);
      long allocated = 0;
      Set<Long> inodes = new HashSet<>();
      for (FileStatus status : tree(after).values()) {
        if (inodes.add(status.inode())) {
          allocated += status.allocatedBytes();
        }
      }
      assertThat(after.space().availableBytes()).isEqualTo(after.space().totalBytes() - allocated);
      for (int i = 0; i < 60; i++) {
        act(after, random);
      }
      after.sync();
      Map<String, FileStatus> synced = tree(after);
      assertThat(tree(after.crash(random))).isEqualTo(synced);
    }
  }

  private static void act(MemoryVolume volume, Random random) throws IOException {
    String one = "f" + random.nextInt(6);
    String other = "f" + random.nextInt(6);
    MemoryUser user = volume.user();
    try {
      switch (random.nextInt(10)) {
        case 0 -> publish(volume, one, "content of " + one, random.nextBoolean());
        case 1 -> volume.exchange(bytes(one), bytes(other));
        case 2 -> volume.rename(bytes(one), bytes(other));
        case 3 -> volume.unlink(bytes(one));
        case 4 -> user.overwrite(bytes(one), random.nextInt(9000), bytes("user"));
        case 5 -> user.write(bytes(one), bytes("short"));
        case 6 -> user.rename(bytes(one), bytes(other));
        case 7 -> user.link(bytes(one), bytes(other));
        case 8 -> volume.mkdir(bytes(one), 0755);
        default -> {
          if (random.nextInt(4) == 0) {
            volume.sync();
          }
        }
      }
    } catch (FileSystemException expected) {
      // a name that is taken, missing, or of the wrong kind
      return;
    }
  }

  private static void publish(MemoryVolume volume, String path, String content, boolean sync)
      throws IOException {
    try (StagedFile staged = volume.stage(ROOT)) {
      staged.write(0, bytes(content), 0, bytes(content).length);
      staged.setMode(0640);
      staged.setMtime(77);
      if (sync) {
        staged.sync();
      }
      staged.link(bytes(path));
    }
  }

  private long ctime(String path) throws IOException {
    return volume.stat(bytes(path)).orElseThrow().ctimeNanos();
  }

  private static Map<String, FileStatus> tree(MemoryVolume volume) throws IOException {
    Map<String, FileStatus> found = new TreeMap<>();
    collect(volume, "", found);
    return found;
  }

  private static void collect(MemoryVolume volume, String directory, Map<String, FileStatus> to)
      throws IOException {
    List<Volume.Entry> entries = new ArrayList<>();
    volume.list(bytes(directory), entries::add);
    for (Volume.Entry entry : entries) {
      String path = directory + (directory.isEmpty() ? "" : "/") + new String(entry.name(), UTF_8);
      to.put(path, entry.status());
      if (entry.status().kind() == FileStatus.Kind.DIRECTORY) {
        collect(volume, path, to);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
