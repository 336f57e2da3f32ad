package io.dirsync.engine.recovery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.conflict.Merge;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of a path whose content this node had written and nobody has any more. */
final class LostContentsTest {
  private static final RelativePath FILE = RelativePath.of("file");
  private static final Attributes ATTRIBUTES = new Attributes(0644, 5);
  private static final ContentHash LOST = new ContentHash(1, 0, 0, 0);
  private static final ContentHash HELD = new ContentHash(2, 0, 0, 0);

  /** The node was replaced since. */
  private static final Dot OURS = new Dot(new ReplicaId("node", 1), 1);

  private static final Dot THEIRS = new Dot(new ReplicaId("peer", 1), 1);

  private final MemoryFolderStore store = new MemoryFolderStore();

  private static Version version(Dot dot, ContentHash hash, long stamp, List<Dot> supersedes) {
    return new Version(
        dot, FILE, new Content.File(hash, 1), ATTRIBUTES, stamp, supersedes, null, false);
  }

  /** The disk shows {@link #HELD}; the newest of what is live is {@link #LOST}. */
  private Optional<Event> giveUp(String node, List<Version> live) throws IOException {
    Shown shown = new Shown(new Content.File(HELD, 1), ATTRIBUTES, Set.of(THEIRS), Set.of());
    try (Transaction transaction = store.begin()) {
      Merge.take(transaction, new Event(List.copyOf(live), Set.of(), Set.of()), true);
      Fingerprint fingerprint = new Fingerprint(1, 1, 5, 5, false);
      transaction.put(new PathRecord(FILE, shown, fingerprint, List.of()));
      Optional<Event> event = LostContents.giveUp(transaction, FILE, LOST, node);
      transaction.commit(Durability.DISK);
      return event;
    }
  }

  private Set<Dot> shownDots() {
    return requireNonNull(store.record(FILE).shown()).dots();
  }

  @Test
  void whatIsShownAndLiveTakesThePlaceOfWhatIsLost() throws IOException {
    List<Version> live =
        List.of(version(THEIRS, HELD, 1, List.of()), version(OURS, LOST, 2, List.of()));
    assertThat(giveUp("node", live)).map(Event::removed).contains(Set.of(OURS));
    assertThat(shownDots()).containsExactly(THEIRS);
  }

  @Test
  void whatHadBeenReplacedByWhatIsLostIsSeenAsAnEditOfIt() throws IOException {
    List<Version> live = List.of(version(OURS, LOST, 2, List.of(THEIRS)));
    assertThat(giveUp("node", live)).map(Event::isEmpty).contains(true);
    assertThat(shownDots()).containsExactly(OURS);
  }

  @Test
  void whatAnotherNodeHasWrittenIsWaitedFor() throws IOException {
    List<Version> live = List.of(version(OURS, LOST, 2, List.of()));
    assertThat(giveUp("another", live)).isEmpty();
    assertThat(shownDots()).containsExactly(THEIRS);
  }

  @Test
  void whatThisDiskHasUnderAnotherNameIsNotGivenUp() throws IOException {
    Shown elsewhere = new Shown(new Content.File(LOST, 1), ATTRIBUTES, Set.of(THEIRS), Set.of());
    try (Transaction transaction = store.begin()) {
      // It was looked at too soon after it was written to be sure of it.
      Fingerprint fingerprint = new Fingerprint(2, 1, 5, 5, true);
      RelativePath other = RelativePath.of("other");
      transaction.put(new PathRecord(other, elsewhere, fingerprint, List.of()));
      transaction.commit(Durability.DISK);
    }
    List<Version> live =
        List.of(version(THEIRS, HELD, 1, List.of()), version(OURS, LOST, 2, List.of()));
    assertThat(giveUp("node", live)).isEmpty();
  }
}
