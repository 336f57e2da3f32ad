package io.dirsync.engine.apply;

import io.dirsync.conflict.TextMerge;
import io.dirsync.engine.Layout;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.WrittenContent;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds the contents of text files for when they have been written over: {@code
 * .dirsync/ancestors/<content hash>}. Two people who edit a file in place leave its former content
 * nowhere, and only with it can their edits be put together. So each content is kept as soon as it
 * is shown. What is read back is checked by its hash.
 *
 * <p>At most {@link #BYTES_MAX}, what was kept first goes first; and at most {@link #KEEP} after
 * nothing shows it any more. Safe for several threads, but for {@link #note}, which is the
 * writer's.
 */
public final class Ancestors {
  /** For one folder. */
  public static final long BYTES_MAX = 256L << 20;

  static final Duration KEEP = Duration.ofDays(30);

  /** What a file takes beside its bytes. */
  private static final int FILE_BYTES = 4096;

  /** Few enough names to be bounded, each with so many writes: the last hundred thousand or so. */
  private static final int SLOTS = 4096;

  private static final int IN_SLOT = 32;

  private static final int MODE = 0600;

  private final Volume volume;
  private final FolderStore store;
  private final long bytesMax;

  private record Held(int size, long sinceMillis) {}

  /** In the order in which they were kept. */
  private final Map<ContentHash, Held> held = new LinkedHashMap<>();

  private long bytes;

  /** What was noted and is not committed yet. */
  private final Map<Integer, List<WrittenContent>> noted = new HashMap<>();

  public Ancestors(Volume volume, FolderStore store) {
    this(volume, store, BYTES_MAX);
  }

  Ancestors(Volume volume, FolderStore store, long bytesMax) {
    this.volume = volume;
    this.store = store;
    this.bytesMax = bytesMax;
  }

  /** Finds what former processes have kept. */
  public synchronized void open() throws IOException {
    Layout.mkdirs(volume, Layout.ANCESTORS);
    Map<ContentHash, Held> found = new LinkedHashMap<>();
    List<RelativePath> others = new ArrayList<>();
    volume.list(
        Layout.ANCESTORS.bytes(),
        entry -> {
          try {
            String name = new String(entry.name(), StandardCharsets.US_ASCII);
            ContentHash hash = ContentHash.of(HexFormat.of().parseHex(name));
            long since = entry.status().mtimeNanos() / 1_000_000;
            found.put(hash, new Held(Math.toIntExact(entry.status().sizeBytes()), since));
          } catch (IllegalArgumentException | ArithmeticException notOurs) {
            others.add(Layout.ANCESTORS.child(entry.name()));
          }
        });
    for (RelativePath other : others) {
      volume.unlink(other.bytes());
    }
    held.clear();
    bytes = 0;
    found.entrySet().stream()
        .sorted(Comparator.comparingLong(entry -> entry.getValue().sinceMillis()))
        .forEach(entry -> put(entry.getKey(), entry.getValue()));
  }

  private void put(ContentHash hash, Held content) {
    held.put(hash, content);
    bytes += content.size() + FILE_BYTES;
  }

  public synchronized long files() {
    return held.size();
  }

  /** What they take on the disk, about. */
  public synchronized long bytes() {
    return bytes;
  }

  /** Whether a content can be kept at all. */
  public static boolean fits(Content.File file) {
    return file.size() <= TextMerge.BYTES_MAX;
  }

  public synchronized boolean holds(Content.File file) {
    return file.size() == 0 || held.containsKey(file.hash());
  }

  /** Whether another content would push out one that was kept before. */
  public synchronized boolean isFull() {
    return bytes + TextMerge.BYTES_MAX + FILE_BYTES > bytesMax;
  }

  /**
   * Keeps a content.
   *
   * @param content its bytes, which were checked
   */
  public void hold(Content.File file, byte[] content, Instant now) throws IOException {
    List<ContentHash> over = new ArrayList<>();
    synchronized (this) {
      if (holds(file) || !fits(file)) {
        return;
      }
      put(file.hash(), new Held(content.length, now.toEpochMilli()));
      for (ContentHash first : held.keySet()) {
        if (bytes <= bytesMax || first.equals(file.hash())) {
          break;
        }
        over.add(first);
        bytes -= held.get(first).size() + FILE_BYTES;
      }
      over.forEach(held::remove);
    }
    for (ContentHash hash : over) {
      unlink(hash);
    }
    try (Volume.StagedFile staged = volume.stage(Layout.STAGING.bytes())) {
      staged.write(0, content, 0, content.length);
      staged.setMode(MODE);
      staged.link(place(file.hash()).bytes());
    } catch (FileAlreadyExistsException e) {
      // Left by a process that was killed; it is checked when it is read.
    } catch (IOException e) {
      forget(file.hash());
      throw e;
    }
  }

  private static RelativePath place(ContentHash hash) {
    return Layout.ANCESTORS.child(hash.toString());
  }

  private void unlink(ContentHash hash) throws IOException {
    try {
      volume.unlink(place(hash).bytes());
    } catch (NoSuchFileException e) {
      // As it should be.
    }
  }

  private synchronized void forget(ContentHash hash) {
    Held content = held.remove(hash);
    if (content != null) {
      bytes -= content.size() + FILE_BYTES;
    }
  }

  /** A content that is kept, checked by its hash; empty if it is not, or is damaged. */
  public Optional<byte[]> read(Content.File file) throws IOException {
    if (!holds(file)) {
      return Optional.empty();
    }
    try (Volume.ReadableFile open = volume.open(place(file.hash()).bytes())) {
      byte[] content = new byte[Math.toIntExact(file.size())];
      int count = open.read(0, content, 0, content.length);
      if (count == content.length && ContentHasher.hash(content).equals(file.hash())) {
        return Optional.of(content);
      }
    } catch (NoSuchFileException e) {
      // It went meanwhile.
    }
    // A power cut has torn it, or somebody has been here.
    forget(file.hash());
    unlink(file.hash());
    return Optional.empty();
  }

  /**
   * Removes what nothing shows and was kept for long enough.
   *
   * @return how many
   */
  public int expire(Instant now) throws IOException {
    Set<ContentHash> old = new HashSet<>();
    synchronized (this) {
      held.forEach(
          (hash, content) -> {
            if (content.sinceMillis() < now.minus(KEEP).toEpochMilli()) {
              old.add(hash);
            }
          });
    }
    old.removeIf(
        hash -> store.locations(hash, IN_SLOT).stream().anyMatch(path -> !Layout.isPrivate(path)));
    for (ContentHash hash : old) {
      forget(hash);
      unlink(hash);
    }
    return old.size();
  }

  // -- which write had which content

  /** What was noted before is in the store by now. */
  public void committed() {
    synchronized (noted) {
      noted.clear();
    }
  }

  /** Remembers what writes have put, within a change of the store; see {@link #committed}. */
  public void note(Transaction transaction, Set<Dot> dots, Content.File content) {
    for (Dot dot : dots) {
      int slot = slot(dot);
      List<WrittenContent> all = new ArrayList<>(inSlot(slot));
      if (all.stream().noneMatch(each -> each.dot().equals(dot))) {
        List<Dot> replaced =
            transaction.get(dot).orElse(null) instanceof Version version
                ? version.supersedes().stream().limit(WrittenContent.REPLACED_MAX).toList()
                : List.of();
        all.add(new WrittenContent(dot, content, replaced));
        List<WrittenContent> last = all.subList(Math.max(0, all.size() - IN_SLOT), all.size());
        synchronized (noted) {
          noted.put(slot, List.copyOf(last));
        }
        transaction.setMeta(name(slot), WrittenContent.encode(last));
      }
    }
  }

  /** What a write had put; empty if that is not known. */
  public Optional<Content.File> writtenBy(Dot dot) {
    return inSlot(slot(dot)).stream()
        .filter(each -> each.dot().equals(dot))
        .map(WrittenContent::content)
        .findFirst();
  }

  /** What a write had replaced; none if that is not known. */
  public List<Dot> replacedBy(Dot dot) {
    return inSlot(slot(dot)).stream()
        .filter(each -> each.dot().equals(dot))
        .map(WrittenContent::replaced)
        .findFirst()
        .orElse(List.of());
  }

  private List<WrittenContent> inSlot(int slot) {
    synchronized (noted) {
      List<WrittenContent> known = noted.get(slot);
      if (known != null) {
        return known;
      }
    }
    return store.meta(name(slot)).map(WrittenContent::decode).orElse(List.of());
  }

  private static int slot(Dot dot) {
    long mixed = (dot.counter() ^ dot.replica().incarnation()) * 0x9e3779b97f4a7c15L;
    return (int) (mixed >>> 40) & (SLOTS - 1);
  }

  private static String name(int slot) {
    return "written-" + Integer.toHexString(slot);
  }
}
