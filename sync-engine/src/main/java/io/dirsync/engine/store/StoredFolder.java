package io.dirsync.engine.store;

import io.dirsync.conflict.Context;
import io.dirsync.conflict.LiveView;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A folder's store as keys and values. The first byte of a key says what it is. */
final class StoredFolder implements FolderStore {
  /** Live entries of one path. */
  private static final char LIVE = 'V';

  /** Where a dot's live entry stands. */
  private static final char DOT = 'D';

  private static final char MOVE = 'M';
  private static final char SUCCESSOR = 'S';
  private static final char RECORD = 'R';
  private static final char LOCATION = 'C';
  private static final char DIRTY = 'Q';
  private static final char LOG = 'L';
  private static final char BEYOND = 'B';
  private static final char META = 'X';

  private static final String FORMAT_META = "!format";
  private static final String VECTOR_META = "!vector";
  private static final String TOTALS_META = "!totals";
  private static final String END_META = "!end";
  private static final String FLOOR_META = "!floor";
  private static final byte[] NOTHING = new byte[0];

  /** Counters taken from the disk at a time. */
  private static final long RESERVED = 4096;

  private static final int PARENTS_BITS = 1 << 21;
  private static final int HASHES_BITS = 1 << 23;
  private static final int MOVES_BITS = 1 << 18;

  private final KeyValues values;
  private final StoreCodec codec = new StoreCodec();
  private final LiveView live;

  /**
   * Directories below which a live version may stand, contents that may lie somewhere, dots that
   * may have been moved.
   */
  private final HashFilter parents = new HashFilter(PARENTS_BITS);

  private final HashFilter hashes = new HashFilter(HASHES_BITS);
  private final HashFilter moved = new HashFilter(MOVES_BITS);
  private final HashFilter succeeded = new HashFilter(PARENTS_BITS);

  // The writer's; readers see the volatile copies of what is committed.
  private final Map<ReplicaId, long[]> counters = new HashMap<>();
  private final Map<ReplicaId, Long> highestLive = new java.util.concurrent.ConcurrentHashMap<>();
  private volatile VersionVector vector;
  private volatile Set<Dot> beyond;
  private volatile Totals totals;
  private volatile long end;
  private volatile long floor;
  private boolean writing;
  private boolean unsynced;

  StoredFolder(KeyValues values) {
    this.values = values;
    this.live = new View(new Reader());
    byte[] format = values.get(metaKey(FORMAT_META));
    if (format != null) {
      codec.number(format);
    } else {
      TreeMap<byte[], byte @Nullable []> first = new TreeMap<>(Arrays::compareUnsigned);
      first.put(metaKey(FORMAT_META), codec.number(StoreCodec.FORMAT));
      try {
        values.write(first, true);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    byte[] storedVector = values.get(metaKey(VECTOR_META));
    vector = storedVector == null ? VersionVector.EMPTY : codec.vector(storedVector);
    Set<Dot> dots = new HashSet<>();
    scanPrefix(
        values::scan,
        new byte[] {BEYOND},
        (key, _) -> {
          dots.add(codec.dotOfKey(key, 1));
          return true;
        });
    beyond = Set.copyOf(dots);

    byte[] storedTotals = values.get(metaKey(TOTALS_META));
    totals = storedTotals == null ? new Totals(0, 0, 0) : codec.totals(storedTotals);
    end = number(END_META);
    floor = number(FLOOR_META);
    fillFilters();
  }

  private void fillFilters() {
    scanPrefix(
        values::scan,
        new byte[] {LIVE},
        (key, _) -> {
          addParents(StoreCodec.pathOfKey(key));
          return true;
        });
    scanPrefix(
        values::scan,
        new byte[] {LOCATION},
        (key, _) -> {
          hashes.add(Arrays.hashCode(Arrays.copyOfRange(key, 1, 1 + ContentHash.BYTES)));
          return true;
        });
    scanPrefix(
        values::scan,
        new byte[] {MOVE},
        (key, _) -> {
          moved.add(codec.dotOfKey(key, 1).hashCode());
          return true;
        });
    scanPrefix(
        values::scan,
        new byte[] {SUCCESSOR},
        (key, _) -> {
          succeeded.add(codec.dotOfKey(key, 1).hashCode());
          return true;
        });
    scanPrefix(
        values::scan,
        new byte[] {DOT},
        (key, _) -> {
          Dot dot = codec.dotOfKey(key, 1);
          highestLive.merge(dot.replica(), dot.counter(), Math::max);
          return true;
        });
  }

  private void addParents(RelativePath path) {
    Optional<RelativePath> above = path.parent();
    while (above.isPresent() && !above.get().isRoot()) {
      parents.add(above.get().hashCode());
      above = above.get().parent();
    }
  }

  private long number(String name) {
    byte[] bytes = values.get(metaKey(name));
    return bytes == null ? 0 : codec.number(bytes);
  }

  private static byte[] metaKey(String name) {
    return new ByteWriter().put(META).putRaw(name.getBytes(StandardCharsets.UTF_8)).toBytes();
  }

  // -- reading, committed or in a transaction
  // ----------------------------------------------------------

  private interface Scan {
    void scan(byte[] from, byte[] end, KeyValues.Visitor visitor);
  }

  private static void scanPrefix(Scan scan, byte[] prefix, KeyValues.Visitor visitor) {
    scan.scan(prefix, after(prefix), visitor);
  }

  /** The first key behind all that begin with the prefix. */
  private static byte[] after(byte[] prefix) {
    byte[] end = prefix.clone();
    int last = end.length - 1;
    while (end[last] == (byte) 0xff) {
      last--;
    }
    end[last]++;
    return Arrays.copyOf(end, last + 1);
  }

  /** What is committed, or that and a transaction's own changes. */
  private class Reader {
    byte @Nullable [] get(byte[] key) {
      return values.get(key);
    }

    void scan(byte[] from, byte[] end, KeyValues.Visitor visitor) {
      values.scan(from, end, visitor);
    }

    List<LiveEntry> at(RelativePath path) {
      byte[] bytes = get(StoreCodec.pathKey(LIVE, path));
      return bytes == null ? List.of() : codec.entries(path, bytes);
    }

    PathRecord record(RelativePath path) {
      if (path.isRoot()) {
        return PathRecord.empty(path);
      }
      byte[] bytes = get(StoreCodec.pathKey(RECORD, path));
      return bytes == null ? PathRecord.empty(path) : codec.record(path, bytes);
    }

    final void children(RelativePath directory, Consumer<PathRecord> consumer) {
      byte[] prefix = new ByteWriter().put(RECORD).putRaw(directory.bytes()).put(0).toBytes();
      List<PathRecord> found = new ArrayList<>();
      scanPrefix(
          this::scan,
          prefix,
          (key, value) -> {
            found.add(codec.record(StoreCodec.pathOfKey(key), value));
            return true;
          });
      found.forEach(consumer);
    }

    final List<RelativePath> locations(ContentHash hash, int most) {
      byte[] bytes = hash.bytes();
      List<RelativePath> found = new ArrayList<>();
      if (!hashes.mayContain(Arrays.hashCode(bytes))) {
        return found;
      }
      scanPrefix(
          this::scan,
          new ByteWriter().put(LOCATION).putRaw(bytes).toBytes(),
          (key, _) -> {
            found.add(RelativePath.of(Arrays.copyOfRange(key, 1 + ContentHash.BYTES, key.length)));
            return found.size() < most;
          });
      return found;
    }
  }

  /** The live set as a reader sees it. */
  private class View implements LiveView {
    final Reader reader;

    View(Reader reader) {
      this.reader = reader;
    }

    @Override
    public Optional<LiveEntry> get(Dot dot) {
      Long highest = highestLive.get(dot.replica());
      if (highest == null || highest < dot.counter()) {
        return Optional.empty();
      }
      byte[] path = reader.get(StoreCodec.dotKey(DOT, dot));
      return path == null ? Optional.empty() : find(RelativePath.of(path), dot);
    }

    private Optional<LiveEntry> find(RelativePath path, Dot dot) {
      for (LiveEntry entry : at(path)) {
        if (entry.dot().equals(dot)) {
          return Optional.of(entry);
        }
      }
      return Optional.empty();
    }

    @Override
    public List<LiveEntry> at(RelativePath path) {
      return path.isRoot() ? List.of() : reader.at(path);
    }

    @Override
    public List<Version> movesFrom(Dot dot) {
      if (!moved.mayContain(dot.hashCode())) {
        return List.of();
      }
      List<Version> found = indexed(MOVE, dot);
      found.removeIf(Version::shelved);
      return found;
    }

    @Override
    public List<Version> successorsOf(Dot dot) {
      return succeeded.mayContain(dot.hashCode()) ? indexed(SUCCESSOR, dot) : List.of();
    }

    private List<Version> indexed(char index, Dot dot) {
      byte[] prefix = StoreCodec.dotKey(index, dot);
      Map<Dot, RelativePath> places = new HashMap<>();
      scanPrefix(
          reader::scan,
          prefix,
          (key, value) -> {
            places.put(codec.dotOfKey(key, prefix.length), RelativePath.of(value));
            return true;
          });
      List<Version> found = new ArrayList<>();
      places.forEach(
          (each, path) ->
              find(path, each)
                  .ifPresent(
                      entry -> {
                        if (entry instanceof Version version) {
                          found.add(version);
                        }
                      }));
      return found;
    }

    @Override
    public boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
      if (!directory.isRoot() && !parents.mayContain(directory.hashCode())) {
        return false;
      }
      boolean[] found = new boolean[1];
      KeyValues.Visitor visitor =
          (key, value) -> {
            RelativePath path = StoreCodec.pathOfKey(key);
            for (LiveEntry entry : codec.entries(path, value)) {
              if (entry instanceof Version version && condition.test(version)) {
                found[0] = true;
                return false;
              }
            }
            return true;
          };
      ByteWriter start = new ByteWriter().put(LIVE).putRaw(directory.bytes());
      byte[] prefix = start.toBytes();
      scanPrefix(reader::scan, append(prefix, (byte) 0), visitor);
      if (!found[0]) {
        scanPrefix(reader::scan, directory.isRoot() ? prefix : append(prefix, (byte) '/'), visitor);
      }
      return found[0];
    }
  }

  private static byte[] append(byte[] bytes, byte last) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    longer[bytes.length] = last;
    return longer;
  }

  @Override
  public LiveView live() {
    return live;
  }

  @Override
  public PathRecord record(RelativePath path) {
    return new Reader().record(path);
  }

  @Override
  public void children(RelativePath directory, Consumer<PathRecord> consumer) {
    new Reader().children(directory, consumer);
  }

  @Override
  public void below(RelativePath directory, Predicate<PathRecord> wanted) {
    // Keys stand by parent, then name: a directory's children before what is below them.
    boolean[] on = {true};
    KeyValues.Visitor visitor =
        (key, value) -> on[0] = wanted.test(codec.record(StoreCodec.pathOfKey(key), value));
    byte[] prefix = new ByteWriter().put(RECORD).putRaw(directory.bytes()).toBytes();
    if (directory.isRoot()) {
      scanPrefix(values::scan, prefix, visitor);
      return;
    }
    scanPrefix(values::scan, append(prefix, (byte) 0), visitor);
    if (on[0]) {
      scanPrefix(values::scan, append(prefix, (byte) '/'), visitor);
    }
  }

  @Override
  public List<RelativePath> locations(ContentHash hash, int most) {
    return new Reader().locations(hash, most);
  }

  @Override
  public List<RelativePath> dirty(@Nullable RelativePath after, int most) {
    List<RelativePath> found = new ArrayList<>();
    byte[] from =
        after == null
            ? new byte[] {DIRTY}
            : append(new ByteWriter().put(DIRTY).putRaw(after.bytes()).toBytes(), (byte) 0);
    values.scan(
        from,
        after(new byte[] {DIRTY}),
        (key, _) -> {
          found.add(RelativePath.of(Arrays.copyOfRange(key, 1, key.length)));
          return found.size() < most;
        });
    return found;
  }

  @Override
  public Totals totals() {
    return totals;
  }

  @Override
  public long floor() {
    return floor;
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public VersionVector vector() {
    return vector;
  }

  @Override
  public Set<Dot> beyond() {
    return beyond;
  }

  @Override
  public void readLog(long after, Predicate<LogRecord> consumer) {
    values.scan(
        logKey(after + 1),
        after(new byte[] {LOG}),
        (key, value) -> consumer.test(codec.log(new ByteReader(key, 1).getLong(), value)));
  }

  private static byte[] logKey(long sequence) {
    return new ByteWriter().put(LOG).putLong(sequence).toBytes();
  }

  @Override
  public void readLive(@Nullable Dot after, Predicate<LiveEntry> consumer) {
    try (LiveSnapshot snapshot = snapshot()) {
      snapshot.read(after, consumer);
    }
  }

  @Override
  public LiveSnapshot snapshot() {
    KeyValues.Snapshot snapshot = values.snapshot();
    byte[] vectorBytes = snapshot.get(metaKey(VECTOR_META));
    VersionVector then = vectorBytes == null ? VersionVector.EMPTY : codec.vector(vectorBytes);
    byte[] endBytes = snapshot.get(metaKey(END_META));
    long sequence = endBytes == null ? 0 : codec.number(endBytes);
    Set<Dot> dots = new HashSet<>();
    scanPrefix(
        snapshot::scan,
        new byte[] {BEYOND},
        (key, _) -> {
          dots.add(codec.dotOfKey(key, 1));
          return true;
        });
    return new LiveSnapshot() {
      @Override
      public void read(@Nullable Dot after, Predicate<LiveEntry> consumer) {
        byte[] from =
            after == null ? new byte[] {DOT} : append(StoreCodec.dotKey(DOT, after), (byte) 0);
        snapshot.scan(
            from,
            after(new byte[] {DOT}),
            (key, value) -> {
              RelativePath path = RelativePath.of(value);
              Dot dot = codec.dotOfKey(key, 1);
              byte[] entries = snapshot.get(StoreCodec.pathKey(LIVE, path));
              if (entries != null) {
                for (LiveEntry entry : codec.entries(path, entries)) {
                  if (entry.dot().equals(dot)) {
                    return consumer.test(entry);
                  }
                }
              }
              return true;
            });
      }

      @Override
      public long sequence() {
        return sequence;
      }

      @Override
      public VersionVector vector() {
        return then;
      }

      @Override
      public Set<Dot> beyond() {
        return dots;
      }

      @Override
      public void close() {
        snapshot.close();
      }
    };
  }

  @Override
  public long cursor(ReplicaId replica) {
    return number(cursorName(replica));
  }

  private static String cursorName(ReplicaId replica) {
    return "!cursor " + Long.toHexString(replica.incarnation()) + " " + replica.node();
  }

  @Override
  public long acknowledged(String peer) {
    return number(acknowledgedName(peer));
  }

  private static String acknowledgedName(String peer) {
    return "!acknowledged " + peer;
  }

  @Override
  public Optional<byte[]> meta(String name) {
    return Optional.ofNullable(values.get(metaOfUser(name)));
  }

  private static byte[] metaOfUser(String name) {
    return metaKey("=" + name);
  }

  @Override
  public Transaction begin() {
    if (writing) {
      throw new IllegalStateException("a transaction is open already");
    }
    writing = true;
    return new Changes(new Overlay());
  }

  @Override
  public void sync() throws IOException {
    if (unsynced) {
      values.sync();
      unsynced = false;
    }
  }

  @Override
  public void close() throws IOException {
    values.close();
  }

  // -- writing
  // -----------------------------------------------------------------------------------------

  /** Committed values with a transaction's own before them. */
  private final class Overlay extends Reader {
    final TreeMap<byte[], byte @Nullable []> changes = new TreeMap<>(Arrays::compareUnsigned);
    final Map<RelativePath, List<LiveEntry>> entries = new HashMap<>();
    final Map<RelativePath, PathRecord> records = new HashMap<>();

    @Override
    byte @Nullable [] get(byte[] key) {
      return changes.containsKey(key) ? changes.get(key) : values.get(key);
    }

    @Override
    void scan(byte[] from, byte[] end, KeyValues.Visitor visitor) {
      var own = changes.subMap(from, end);
      if (own.isEmpty()) {
        values.scan(from, end, visitor);
        return;
      }
      var next = new ArrayList<>(own.entrySet()).iterator();
      var pending = new ArrayList<Map.Entry<byte[], byte @Nullable []>>();
      pending.add(next.next());
      boolean[] on = {true};
      values.scan(
          from,
          end,
          (key, value) -> {
            while (on[0]
                && !pending.isEmpty()
                && Arrays.compareUnsigned(pending.getFirst().getKey(), key) < 0) {
              on[0] = visitOwn(pending, next, visitor);
            }
            if (!on[0]) {
              return false;
            }
            if (!pending.isEmpty() && Arrays.equals(pending.getFirst().getKey(), key)) {
              on[0] = visitOwn(pending, next, visitor);
            } else {
              on[0] = visitor.visit(key, value);
            }
            return on[0];
          });
      while (on[0] && !pending.isEmpty()) {
        on[0] = visitOwn(pending, next, visitor);
      }
    }

    private static boolean visitOwn(
        List<Map.Entry<byte[], byte @Nullable []>> pending,
        java.util.Iterator<Map.Entry<byte[], byte @Nullable []>> next,
        KeyValues.Visitor visitor) {
      var entry = pending.removeFirst();
      if (next.hasNext()) {
        pending.add(next.next());
      }
      byte[] value = entry.getValue();
      return value == null || visitor.visit(entry.getKey(), value);
    }

    @Override
    List<LiveEntry> at(RelativePath path) {
      List<LiveEntry> known = entries.get(path);
      if (known == null) {
        known = super.at(path);
        entries.put(path, known);
      }
      return known;
    }

    @Override
    PathRecord record(RelativePath path) {
      PathRecord known = records.get(path);
      if (known == null) {
        known = super.record(path);
        records.put(path, known);
      }
      return known;
    }
  }

  private final class Changes extends View implements Transaction {
    private final Overlay overlay;
    private final Context ownContext;
    private boolean contextChanged;
    private long files = totals.files();
    private long bytes = totals.bytes();
    private long conflicts = totals.conflicts();
    private long ownEnd = end;
    private long ownFloor = floor;
    private boolean done;

    Changes(Overlay overlay) {
      super(overlay);
      this.overlay = overlay;
      this.ownContext = new Context(vector, beyond);
    }

    private void set(byte[] key, byte @Nullable [] value) {
      overlay.changes.put(key, value);
    }

    @Override
    public boolean knows(Dot dot) {
      return ownContext.knows(dot) || get(dot).isPresent();
    }

    @Override
    public void put(LiveEntry entry) {
      List<LiveEntry> before = overlay.at(entry.path());
      List<LiveEntry> now = new ArrayList<>(before.size() + 1);
      for (LiveEntry each : before) {
        if (!each.dot().equals(entry.dot())) {
          now.add(each);
        }
      }
      now.add(entry);
      store(entry.path(), now);
      highestLive.merge(entry.dot().replica(), entry.dot().counter(), Math::max);
      addParents(entry.path());
      byte[] path = entry.path().bytes();
      set(StoreCodec.dotKey(DOT, entry.dot()), path);
      if (entry instanceof Version version) {
        if (version.movedFrom() != null) {
          moved.add(version.movedFrom().hashCode());
          set(indexKey(MOVE, version.movedFrom(), entry.dot()), path);
        }
        for (Dot superseded : version.supersedes()) {
          succeeded.add(superseded.hashCode());
          set(indexKey(SUCCESSOR, superseded, entry.dot()), path);
        }
      }
    }

    private static byte[] indexKey(char index, Dot first, Dot second) {
      ByteWriter key = new ByteWriter().put(index);
      StoreCodec.dotKey(key, first);
      return StoreCodec.dotKey(key, second).toBytes();
    }

    private void store(RelativePath path, List<LiveEntry> entries) {
      overlay.entries.put(path, entries);
      set(StoreCodec.pathKey(LIVE, path), entries.isEmpty() ? null : codec.entries(entries));
    }

    @Override
    public void remove(Dot dot) {
      Optional<LiveEntry> found = get(dot);
      if (found.isEmpty()) {
        return;
      }
      LiveEntry entry = found.get();
      List<LiveEntry> now = new ArrayList<>(overlay.at(entry.path()));
      now.removeIf(each -> each.dot().equals(dot));
      store(entry.path(), now);
      set(StoreCodec.dotKey(DOT, dot), null);
      if (entry instanceof Version version) {
        if (version.movedFrom() != null) {
          set(indexKey(MOVE, version.movedFrom(), dot), null);
        }
        for (Dot superseded : version.supersedes()) {
          set(indexKey(SUCCESSOR, superseded, dot), null);
        }
      }
    }

    @Override
    public void addBeyond(Dot dot) {
      if (ownContext.addBeyond(dot)) {
        contextChanged = true;
        set(StoreCodec.dotKey(BEYOND, dot), NOTHING);
      }
    }

    @Override
    public void cover(Dot dot) {
      if (ownContext.covers(dot)) {
        return;
      }
      contextChanged = true;
      for (Dot dropped : ownContext.cover(dot)) {
        set(StoreCodec.dotKey(BEYOND, dropped), null);
      }
    }

    @Override
    public PathRecord record(RelativePath path) {
      return overlay.record(path);
    }

    @Override
    public void children(RelativePath directory, Consumer<PathRecord> consumer) {
      overlay.children(directory, consumer);
    }

    @Override
    public void put(PathRecord record) {
      PathRecord before = overlay.record(record.path());
      count(before, -1);
      count(record, 1);
      Map<RelativePath, ContentHash> old = places(before);
      Map<RelativePath, ContentHash> now = places(record);
      old.forEach(
          (path, hash) -> {
            if (!hash.equals(now.get(path))) {
              removeLocation(hash, path);
            }
          });
      now.forEach(
          (path, hash) -> {
            if (!hash.equals(old.get(path))) {
              addLocation(hash, path);
            }
          });
      overlay.records.put(record.path(), record);
      set(
          StoreCodec.pathKey(RECORD, record.path()),
          record.isEmpty() ? null : codec.record(record));
    }

    private void count(PathRecord record, int sign) {
      Shown shown = record.shown();
      if (shown != null && !shown.content().isDirectory()) {
        files += sign;
        bytes += sign * shown.content().sizeBytes();
      }
      conflicts += (long) sign * record.copies().size();
    }

    private static Map<RelativePath, ContentHash> places(PathRecord record) {
      Shown shown = record.shown();
      boolean file = shown != null && shown.content() instanceof Content.File;
      if (!file && record.copies().isEmpty()) {
        return Map.of();
      }
      Map<RelativePath, ContentHash> places = new HashMap<>();
      if (shown != null && shown.content() instanceof Content.File content) {
        places.put(record.path(), content.hash());
      }
      for (PathRecord.Copy copy : record.copies()) {
        if (copy.content() instanceof Content.File content) {
          places.put(copy.file(), content.hash());
        }
      }
      return places;
    }

    @Override
    public void markDirty(RelativePath path) {
      set(new ByteWriter().put(DIRTY).putRaw(path.bytes()).toBytes(), NOTHING);
    }

    @Override
    public void clearDirty(RelativePath path) {
      set(new ByteWriter().put(DIRTY).putRaw(path.bytes()).toBytes(), null);
    }

    private byte[] locationKey(ContentHash hash, RelativePath path) {
      return new ByteWriter().put(LOCATION).putRaw(hash.bytes()).putRaw(path.bytes()).toBytes();
    }

    @Override
    public void addLocation(ContentHash hash, RelativePath path) {
      hashes.add(Arrays.hashCode(hash.bytes()));
      set(locationKey(hash, path), NOTHING);
    }

    @Override
    public void removeLocation(ContentHash hash, RelativePath path) {
      set(locationKey(hash, path), null);
    }

    @Override
    public List<RelativePath> locations(ContentHash hash, int most) {
      return overlay.locations(hash, most);
    }

    @Override
    public long append(Event event, @Nullable ReplicaId source, long timeMillis) {
      ownEnd++;
      set(logKey(ownEnd), codec.log(event, source, timeMillis));
      return ownEnd;
    }

    @Override
    public void truncateLog(long through) {
      for (long sequence = ownFloor + 1; sequence <= Math.min(through, ownEnd); sequence++) {
        set(logKey(sequence), null);
      }
      ownFloor = Math.max(ownFloor, Math.min(through, ownEnd));
    }

    private long ownNumber(String name) {
      byte[] stored = overlay.get(metaKey(name));
      return stored == null ? 0 : codec.number(stored);
    }

    @Override
    public long cursor(ReplicaId replica) {
      return ownNumber(cursorName(replica));
    }

    @Override
    public void setCursor(ReplicaId replica, long sequence) {
      set(metaKey(cursorName(replica)), codec.number(sequence));
    }

    @Override
    public void setAcknowledged(String peer, long sequence) {
      set(metaKey(acknowledgedName(peer)), codec.number(sequence));
    }

    @Override
    public void setMeta(String name, byte[] value) {
      set(metaOfUser(name), value);
    }

    @Override
    public long end() {
      return ownEnd;
    }

    @Override
    public VersionVector vector() {
      return ownContext.vector();
    }

    @Override
    public Dot nextDot(ReplicaId own) {
      long[] counter = counters.computeIfAbsent(own, this::reservedCounter);
      if (counter[0] == counter[1]) {
        reserve(own, counter);
      }
      return new Dot(own, ++counter[0]);
    }

    /**
     * The last counter handed out, and the last that is reserved. After a start nobody knows which
     * were used.
     */
    private long[] reservedCounter(ReplicaId own) {
      long reserved = number(reservedName(own));
      long known = vector.counter(own);
      long last = Math.max(reserved, known);
      return new long[] {last, last};
    }

    private void reserve(ReplicaId own, long[] counter) {
      TreeMap<byte[], byte @Nullable []> reservation = new TreeMap<>(Arrays::compareUnsigned);
      reservation.put(metaKey(reservedName(own)), codec.number(counter[0] + RESERVED));
      try {
        values.write(reservation, true);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      counter[1] = counter[0] + RESERVED;
    }

    private static String reservedName(ReplicaId own) {
      return "!reserved " + Long.toHexString(own.incarnation()) + " " + own.node();
    }

    @Override
    public void commit(Durability durability) throws IOException {
      if (done) {
        throw new IllegalStateException("the transaction has ended");
      }
      Totals now = new Totals(files, bytes, conflicts);
      VersionVector newVector = contextChanged ? ownContext.vector() : vector;
      if (contextChanged) {
        set(metaKey(VECTOR_META), codec.vector(newVector));
      }
      if (!now.equals(totals)) {
        set(metaKey(TOTALS_META), codec.totals(now));
      }
      if (ownEnd != end) {
        set(metaKey(END_META), codec.number(ownEnd));
      }
      if (ownFloor != floor) {
        set(metaKey(FLOOR_META), codec.number(ownFloor));
      }
      if (!overlay.changes.isEmpty()) {
        values.write(overlay.changes, durability == Durability.DISK);
        unsynced = durability != Durability.DISK;
      } else if (durability == Durability.DISK) {
        sync();
      }
      done = true;
      writing = false;
      if (contextChanged) {

        vector = newVector;
        beyond = ownContext.beyond();
      }
      totals = now;
      floor = ownFloor;
      end = ownEnd;
    }

    @Override
    public void close() {
      if (!done) {
        done = true;
        writing = false;
      }
    }
  }
}
