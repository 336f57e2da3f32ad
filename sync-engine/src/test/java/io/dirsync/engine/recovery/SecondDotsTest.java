package io.dirsync.engine.recovery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a machine that was set back has written before a peer told it so. */
final class SecondDotsTest {
  private static final ReplicaId OLD = new ReplicaId("node", 1);
  private static final ReplicaId NEXT = new ReplicaId("node", 2);
  private static final RelativePath BEFORE = RelativePath.of("before");
  private static final RelativePath EDITED = RelativePath.of("edited");
  private static final RelativePath MOVED = RelativePath.of("moved");
  private static final Attributes ATTRIBUTES = new Attributes(0644, 5);
  private static final Content CONTENT = new Content.File(new ContentHash(1, 0, 0, 0), 1);

  private final MemoryFolderStore store = new MemoryFolderStore();

  private static Dot old(long counter) {
    return new Dot(OLD, counter);
  }

  private static Dot next(long counter) {
    return new Dot(NEXT, counter);
  }

  private static Version version(
      Dot dot, RelativePath path, List<Dot> supersedes, @Nullable Dot movedFrom) {
    return new Version(dot, path, CONTENT, ATTRIBUTES, 7, supersedes, movedFrom, false);
  }

  private static PathRecord shown(RelativePath path, Set<Dot> dots, Set<Dot> attributeDots) {
    return new PathRecord(
        path,
        new Shown(CONTENT, ATTRIBUTES, dots, attributeDots),
        new Fingerprint(1, 1, 5, 5, false),
        List.of());
  }

  /** The run began when two dots were given out, and has given out five more. */
  private Set<RelativePath> rename() throws IOException {
    try (Transaction transaction = store.begin()) {
      transaction.cover(old(7));
      transaction.put(version(old(1), BEFORE, List.of(), null));
      transaction.put(version(old(4), EDITED, List.of(old(2), old(3)), null));
      transaction.put(version(old(6), MOVED, List.of(), old(5)));
      transaction.put(
          new AttributeChange(
              old(7),
              BEFORE,
              List.of(
                  new AttributeChange.Field(
                      AttributeName.MODE, ATTRIBUTES.get(AttributeName.MODE), 9))));
      transaction.put(shown(BEFORE, Set.of(old(1)), Set.of(old(7))));
      transaction.put(shown(EDITED, Set.of(old(4)), Set.of()));
      transaction.put(shown(MOVED, Set.of(old(5), old(6)), Set.of()));
      transaction.commit(Durability.DISK);
    }
    try (Transaction transaction = store.begin()) {
      Set<RelativePath> touched =
          SecondDots.rename(
              store,
              transaction,
              OLD,
              2,
              () -> {
                Dot dot = transaction.nextDot(NEXT);
                transaction.cover(dot);
                return dot;
              });
      transaction.commit(Durability.DISK);
      return touched;
    }
  }

  @Test
  void itGetsDotsThatNobodyElseHasGivenOut() throws IOException {
    assertThat(rename()).containsExactlyInAnyOrder(BEFORE, EDITED, MOVED);
    List<LiveEntry> live = new ArrayList<>();
    store.readLive(null, live::add);
    assertThat(live)
        .extracting(LiveEntry::dot)
        .containsExactlyInAnyOrder(old(1), next(1), next(2), next(3));
    assertThat(live)
        .contains(
            version(old(1), BEFORE, List.of(), null),
            version(next(1), EDITED, List.of(old(2)), null),
            version(next(2), MOVED, List.of(), null));
  }

  @Test
  void ofTheDotsThatItHadTakenNothingIsKnownAnyMore() throws IOException {
    rename();
    assertThat(store.vector().counter(OLD)).isEqualTo(2);
    assertThat(store.vector().counter(NEXT)).isEqualTo(3);
    assertThat(shownAt(BEFORE).dots()).containsExactly(old(1));
    assertThat(shownAt(BEFORE).attributeDots()).containsExactly(next(3));
    assertThat(shownAt(EDITED).dots()).containsExactly(next(1));
    assertThat(shownAt(MOVED).dots()).containsExactly(next(2));
  }

  private Shown shownAt(RelativePath path) {
    return requireNonNull(store.record(path).shown());
  }
}
