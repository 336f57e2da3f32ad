package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Signatures;
import io.dirsync.engine.SystemEnvironment;
import io.dirsync.engine.TransferBounds;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which contents of before a new one may be made of. */
final class FormerContentsTest {
  private static final long LARGE = 10 << 20;
  private static final ReplicaId REPLICA = new ReplicaId("n", 1);

  private final SystemEnvironment environment = new SystemEnvironment(1);
  private final Signatures signatures = new Signatures(TransferBounds.USUAL, environment);
  private final FormerContents formers = new FormerContents(signatures);

  @AfterEach
  void close() {
    signatures.close();
    environment.close();
  }

  private static Content.File file(int number, long size) {
    return new Content.File(ContentHash.of(ByteBuffer.allocate(32).putInt(number).array()), size);
  }

  private void emptied(String path, int number, long size) {
    formers.changes(RelativePath.of(path), shown(number, size), true, 0);
  }

  private static Shown shown(int number, long size) {
    return new Shown(file(number, size), new Attributes(0644, 0), Set.of(dot(number)), Set.of());
  }

  private static Dot dot(int number) {
    return new Dot(REPLICA, number);
  }

  private List<Content.File> like(String path, Version... versions) {
    return formers.like(file(99, LARGE), RelativePath.of(path), List.of(versions), 0);
  }

  private static Version version(String path, List<Dot> supersedes, @Nullable Dot movedFrom) {
    return new Version(
        dot(99),
        RelativePath.of(path),
        file(99, LARGE),
        new Attributes(0644, 0),
        1,
        supersedes,
        movedFrom,
        false);
  }

  @Test
  void whatStoodAtThePathIsOne() {
    formers.changes(RelativePath.of("a"), shown(1, 3 * LARGE), false, 0);
    emptied("b", 2, 3 * LARGE);
    assertThat(like("a")).containsExactly(file(1, 3 * LARGE));
    assertThat(like("c")).isEmpty();
  }

  @Test
  void whatTheVersionNamesComesFirst() {
    emptied("d/x", 1, LARGE);
    emptied("old", 2, 3 * LARGE);
    emptied("older", 3, 3 * LARGE);
    assertThat(like("e/x", version("e/x", List.of(dot(7), dot(2)), null)))
        .containsExactly(file(2, 3 * LARGE), file(1, LARGE));
    assertThat(like("e/x", version("e/x", List.of(), dot(3))))
        .containsExactly(file(3, 3 * LARGE), file(1, LARGE));
  }

  @Test
  void whatLostAPathOfTheSameNameJustNowIsOneAndThenWhatIsAboutAsLong() {
    emptied("x", 1, LARGE + LARGE / 10);
    emptied("d/name", 2, 3 * LARGE);
    emptied("y", 3, 3 * LARGE);
    assertThat(like("e/name")).containsExactly(file(2, 3 * LARGE), file(1, LARGE + LARGE / 10));
  }

  @Test
  void whatHasBecomeAnotherContentIsNotTakenForOneThatIsMovedOnceMore() {
    emptied("name", 1, LARGE);
    formers.became(file(1, LARGE));
    emptied("renamed", 2, LARGE);
    assertThat(like("d/name")).containsExactly(file(2, LARGE));
  }

  @Test
  void whatWasOverwrittenOrIsGoneForLongWasNotMoved() {
    emptied("d/name", 1, LARGE);
    formers.changes(RelativePath.of("f/name"), shown(2, LARGE), false, 0);
    long later = FormerContents.MOVE_MAX.toNanos() + 1;
    RelativePath path = RelativePath.of("e/name");
    assertThat(formers.like(file(99, LARGE), path, List.of(), 1)).containsExactly(file(1, LARGE));
    assertThat(formers.like(file(99, LARGE), path, List.of(), later)).isEmpty();
  }

  @Test
  void whatIsSmallIsNotRememberedAndNoneIsLookedForForWhatIsSmall() {
    emptied("small", 1, 100);
    emptied("large", 2, LARGE);
    assertThat(like("small")).containsExactly(file(2, LARGE));
    assertThat(formers.like(file(99, 100), RelativePath.of("large"), List.of(), 0)).isEmpty();
  }

  @Test
  void onlySoManyAreRemembered() {
    for (int i = 0; i <= FormerContents.KEPT_MAX; i++) {
      emptied("f" + i, i + 1, 3 * LARGE);
    }
    assertThat(like("f0")).isEmpty();
    assertThat(like("f1")).hasSize(1);
  }
}
