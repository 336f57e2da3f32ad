package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.wire.MessageEncoder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LogPartsTest {
  private static final ReplicaId A = new ReplicaId("a", 1);
  private static final ReplicaId B = new ReplicaId("b", 1);

  @Test
  void anEventThatFitsStaysOne() {
    Event event = new Event(List.of(edit(1)), Set.of(new Dot(B, 1)), Set.of());
    assertThat(LogParts.of(event)).containsExactly(event);
  }

  @Test
  void theRemovalOfAWholeBigTreeGoesInPartsThatEachFitInAFrame() {
    Set<Dot> removed = new HashSet<>();
    Set<Dot> shelved = new HashSet<>();
    for (int i = 1; i <= 100_000; i++) {
      removed.add(new Dot(B, i));
      shelved.add(new Dot(B, 200_000 + i));
    }
    List<Event> parts = LogParts.of(new Event(List.of(), removed, shelved));
    assertThat(parts).hasSizeGreaterThan(10).allSatisfy(LogPartsTest::fits);
    Set<Dot> removedBack = new HashSet<>();
    Set<Dot> shelvedBack = new HashSet<>();
    for (Event part : parts) {
      removedBack.addAll(part.removed());
      shelvedBack.addAll(part.shelved());
    }
    assertThat(removedBack).isEqualTo(removed);
    assertThat(shelvedBack).isEqualTo(shelved);
  }

  @Test
  void eachPartSaysWhoEndedTheConflict() {
    Ending ending = new Ending(Ending.By.PERSON, "a", "newest", "");
    Set<Dot> removed = new HashSet<>();
    for (int i = 1; i <= 100_000; i++) {
      removed.add(new Dot(B, i));
    }
    assertThat(LogParts.of(new Event(List.of(), removed, Set.of(), ending)))
        .hasSizeGreaterThan(1)
        .allSatisfy(part -> assertThat(part.ending()).isEqualTo(ending));
  }

  @Test
  void aVersionAndWhatItTakesThePlaceOfAreNeverApart() {
    List<LiveEntry> added = new ArrayList<>();
    Set<Dot> removed = new HashSet<>();
    for (int i = 1; i <= 10_000; i++) {
      added.add(edit(i));
      removed.add(new Dot(B, i));
    }
    List<Event> parts = LogParts.of(new Event(added, removed, Set.of()));
    assertThat(parts).hasSizeGreaterThan(1).allSatisfy(LogPartsTest::fits);
    List<LiveEntry> addedBack = new ArrayList<>();
    for (Event part : parts) {
      addedBack.addAll(part.added());
      Set<Dot> superseded = new HashSet<>();
      part.added().forEach(entry -> superseded.addAll(((Version) entry).supersedes()));
      assertThat(part.removed()).isEqualTo(superseded);
    }
    assertThat(addedBack).isEqualTo(added);
  }

  /** The edit of what B's i-th write was. */
  private static Version edit(int i) {
    return new Version(
        new Dot(A, i),
        RelativePath.of("file" + i),
        new Content.File(new ContentHash(i, 0, 0, 0), 1),
        new Attributes(0644, 0, "", ""),
        i,
        List.of(new Dot(B, i)),
        null,
        false);
  }

  private static void fits(Event part) {
    Message.LogBatch batch =
        new Message.LogBatch("www", List.of(new Message.LogEntry(1, part)), List.of(), 1, 2, null);
    assertThat(MessageEncoder.encode(batch).length).isLessThan(Limits.CONTROL_FRAME_BYTES_MAX / 2);
  }
}
