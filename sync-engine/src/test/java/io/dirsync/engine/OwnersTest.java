package io.dirsync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OwnersTest {
  private static final RelativePath DIRECTORY = RelativePath.of("d");
  private static final RelativePath FILE = RelativePath.of("d/f");
  private static final RelativePath OWN = RelativePath.of("own");
  private static final RelativePath UNNAMED = RelativePath.of("unnamed");
  private static final Dot DOT = new Dot(new ReplicaId("peer", 7), 1);
  private static final int WEB = 33;

  private final MemoryVolume volume = new MemoryVolume(new OneThread().clock());
  private final MemoryFolderStore store = new MemoryFolderStore();

  @BeforeEach
  void recordFilesAsAPeerHasThem() throws IOException {
    Layout.create(volume);
    volume.addUser("web", WEB);
    volume.addGroup("web", WEB);
    volume.user().mkdir(DIRECTORY.bytes());
    for (RelativePath file : List.of(FILE, OWN, UNNAMED)) {
      volume.user().write(file.bytes(), "text".getBytes(UTF_8));
    }
    volume.setOwner(OWN.bytes(), WEB, WEB);
    try (Transaction transaction = store.begin()) {
      transaction.put(record(DIRECTORY, Content.Directory.VALUE, "web"));
      Content file = new Content.File(ContentHash.of(new byte[ContentHash.BYTES]), 4);
      transaction.put(record(FILE, file, "web"));
      transaction.put(record(OWN, file, "web"));
      transaction.put(record(UNNAMED, file, ""));
      transaction.commit(Durability.DISK);
    }
  }

  private PathRecord record(RelativePath path, Content content, String owner) throws IOException {
    Shown shown = new Shown(content, new Attributes(0644, 5, owner, owner), Set.of(DOT), Set.of());
    return new PathRecord(
        path,
        shown,
        content.isDirectory()
            ? null
            : Fingerprint.of(volume.stat(path.bytes()).orElseThrow(), false),
        List.of());
  }

  private Owners owners(boolean asked) throws IOException {
    FolderSettings plain = PlainFolder.settings("www", Path.of("/www"), FolderMode.TWO_WAY);
    FolderSettings settings =
        new FolderSettings(
            plain.name(),
            plain.root(),
            plain.peers(),
            plain.ignore(),
            asked,
            plain.rescan(),
            Optional.empty(),
            Duration.ofDays(30),
            Duration.ofDays(30),
            plain.conflicts(),
            plain.mode(),
            plain.maxDelete(),
            plain.logEntriesMax());
    Owners owners = new Owners(settings, volume, store);
    owners.begin();
    return owners;
  }

  private String recorded(RelativePath path) {
    return Objects.requireNonNull(store.record(path).shown()).attributes().owner();
  }

  private List<RelativePath> dirty() {
    List<RelativePath> paths = new ArrayList<>();
    store.eachDirty(paths::addAll);
    return paths;
  }

  @Test
  void whereNobodyAsksForThemNothingIsTriedNorForgotten() throws IOException {
    volume.setFaults(
        (operation, path) -> {
          throw new AssertionError(operation + " was tried");
        });
    Owners owners = owners(false);
    assertThat(owners.carried()).isFalse();
    assertThat(owners.note()).isEmpty();
    assertThat(recorded(FILE)).isEqualTo("web");
  }

  @Test
  void whatWasRecordedWhileTheyWereNotCarriedIsSetOnceTheyAre() throws IOException {
    assertThat(owners(true).carried()).isTrue();
    assertThat(dirty()).containsExactlyInAnyOrder(DIRECTORY, FILE);
    assertThat(recorded(DIRECTORY)).isEmpty();
    assertThat(recorded(FILE)).isEmpty();
    assertThat(recorded(OWN)).as("is so already").isEqualTo("web");
  }

  @Test
  void whatUsersGiveAwayWhileTheyAreCarriedIsLeftToTheScan() throws IOException {
    volume.setOwner(DIRECTORY.bytes(), WEB, WEB);
    volume.setOwner(FILE.bytes(), WEB, WEB);
    owners(true);
    volume.setOwner(OWN.bytes(), 0, 0);
    owners(true);
    assertThat(dirty()).isEmpty();
    owners(false);
    owners(true);
    assertThat(dirty()).containsExactly(OWN);
  }

  @Test
  void whoMayNotGiveFilesAwayDoesNotCarryThemAndSaysSo() throws IOException {
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.SET_OWNER) {
            throw new AccessDeniedException(new String(path, UTF_8));
          }
        });
    Owners owners = owners(true);
    assertThat(owners.carried()).isFalse();
    assertThat(owners.note()).hasValueSatisfying(note -> assertThat(note).contains("owner = true"));
    assertThat(dirty()).isEmpty();
  }

  @Test
  void whereNothingCanBeWrittenTheyAreNotCalledRefused() throws IOException {
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.STAGE) {
            throw new IOException("read-only");
          }
        });
    assertThat(owners(true).carried()).isTrue();
  }
}
