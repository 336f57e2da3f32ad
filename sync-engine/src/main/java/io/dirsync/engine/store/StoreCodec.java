package io.dirsync.engine.store;

import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of a folder's database as bytes. Each begins with the format's number, so that a
 * later format can be told from this one. The same values give the same bytes.
 */
final class StoreCodec {
  static final int FORMAT = 1;

  private static final int FILE = 1;
  private static final int SYMLINK = 2;
  private static final int DIRECTORY = 3;
  private static final int VERSION = 1;
  private static final int CHANGE = 2;
  private static final int HAS_SOURCE = 1;
  private static final int SHELVED = 2;

  /** A replica is named in nearly every record; one object a replica is enough. */
  private final Map<ReplicaId, ReplicaId> replicas = new ConcurrentHashMap<>();

  private static ByteWriter writer() {
    return new ByteWriter().put(FORMAT);
  }

  private static ByteReader reader(byte[] bytes) {
    ByteReader in = new ByteReader(bytes, 0);
    int format = in.get();
    if (format != FORMAT) {
      throw new IllegalStateException(
          "a record in the database has format " + format + ", this program knows " + FORMAT);
    }
    return in;
  }

  byte[] entries(Collection<LiveEntry> entries) {
    ByteWriter out = writer().putVarint(entries.size());
    entries.forEach(entry -> entry(out, entry, false));
    return out.toBytes();
  }

  /** The live entries of one path. */
  List<LiveEntry> entries(RelativePath path, byte[] bytes) {
    ByteReader in = reader(bytes);
    int count = in.getCount();
    List<LiveEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(entry(in, path));
    }
    return entries;
  }

  byte[] record(PathRecord record) {
    ByteWriter out = writer();
    Shown shown = record.shown();
    out.put(shown == null ? 0 : 1);
    if (shown != null) {
      content(out, shown.content());
      attributes(out, shown.attributes());
      dots(out, shown.dots());
      dots(out, shown.attributeDots());
    }
    Fingerprint print = record.fingerprint();
    out.put(print == null ? 0 : print.racy() ? 2 : 1);
    if (print != null) {
      out.putVarint(print.inode())
          .putVarint(print.sizeBytes())
          .putSigned(print.mtimeNanos())
          .putSigned(print.ctimeNanos());
    }
    out.putVarint(record.copies().size());
    for (PathRecord.Copy copy : record.copies()) {
      dot(out, copy.dot());
      content(out, copy.content());
      attributes(out, copy.attributes());
      out.putSigned(copy.stamp()).putBytes(copy.file().bytes());
    }
    return out.toBytes();
  }

  PathRecord record(RelativePath path, byte[] bytes) {
    ByteReader in = reader(bytes);
    Shown shown = null;
    if (in.get() == 1) {
      shown = new Shown(content(in), attributes(in), dots(in), dots(in));
    }
    Fingerprint print = null;
    int kind = in.get();
    if (kind != 0) {
      print =
          new Fingerprint(
              in.getVarint(), in.getVarint(), in.getSigned(), in.getSigned(), kind == 2);
    }
    int count = in.getCount();
    List<PathRecord.Copy> copies = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      copies.add(
          new PathRecord.Copy(
              dot(in),
              content(in),
              attributes(in),
              in.getSigned(),
              RelativePath.of(in.getBytes())));
    }
    return new PathRecord(path, shown, print, copies);
  }

  byte[] log(Event event, @Nullable ReplicaId source, long timeMillis) {
    ByteWriter out = writer().putSigned(timeMillis).put(source == null ? 0 : 1);
    if (source != null) {
      replica(out, source);
    }
    out.putVarint(event.added().size());
    event.added().forEach(entry -> entry(out, entry, true));
    dots(out, event.removed());
    dots(out, event.shelved());
    return out.toBytes();
  }

  LogRecord log(long sequence, byte[] bytes) {
    ByteReader in = reader(bytes);
    long time = in.getSigned();
    ReplicaId source = in.get() == 0 ? null : replica(in);
    int count = in.getCount();
    List<LiveEntry> added = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      added.add(entry(in, null));
    }
    return new LogRecord(sequence, new Event(added, dots(in), dots(in)), source, time);
  }

  byte[] vector(VersionVector vector) {
    ByteWriter out = writer().putVarint(vector.counters().size());
    vector
        .counters()
        .forEach(
            (replica, counter) -> {
              replica(out, replica);
              out.putVarint(counter);
            });
    return out.toBytes();
  }

  VersionVector vector(byte[] bytes) {
    ByteReader in = reader(bytes);
    TreeMap<ReplicaId, Long> counters = new TreeMap<>();
    int count = in.getCount();
    for (int i = 0; i < count; i++) {
      counters.put(replica(in), in.getVarint());
    }
    return new VersionVector(counters);
  }

  byte[] totals(FolderStore.Totals totals) {
    return writer()
        .putVarint(totals.files())
        .putVarint(totals.bytes())
        .putVarint(totals.conflicts())
        .toBytes();
  }

  FolderStore.Totals totals(byte[] bytes) {
    ByteReader in = reader(bytes);
    return new FolderStore.Totals(in.getVarint(), in.getVarint(), in.getVarint());
  }

  byte[] number(long number) {
    return writer().putVarint(number).toBytes();
  }

  long number(byte[] bytes) {
    return reader(bytes).getVarint();
  }

  // -- parts -------------------------------------------------------------------------------------

  private static void entry(ByteWriter out, LiveEntry entry, boolean withPath) {
    out.put(entry instanceof Version ? VERSION : CHANGE);
    if (withPath) {
      out.putBytes(entry.path().bytes());
    }
    dot(out, entry.dot());
    switch (entry) {
      case Version version -> {
        int flags =
            (version.movedFrom() == null ? 0 : HAS_SOURCE) | (version.shelved() ? SHELVED : 0);
        out.put(flags).putSigned(version.stamp());
        content(out, version.content());
        attributes(out, version.attributes());
        out.putVarint(version.supersedes().size());
        version.supersedes().forEach(dot -> dot(out, dot));
        if (version.movedFrom() != null) {
          dot(out, version.movedFrom());
        }
      }
      case AttributeChange change -> {
        out.putVarint(change.fields().size());
        for (AttributeChange.Field field : change.fields()) {
          out.put(field.name().ordinal()).putSigned(field.stamp());
          switch (field.value()) {
            case AttributeValue.OfNumber(long number) -> out.put(0).putSigned(number);
            case AttributeValue.OfText(String text) -> out.put(1).putText(text);
          }
        }
      }
    }
  }

  private LiveEntry entry(ByteReader in, @Nullable RelativePath known) {
    int type = in.get();
    RelativePath path = known == null ? RelativePath.of(in.getBytes()) : known;
    Dot dot = dot(in);
    if (type == CHANGE) {
      int count = in.getCount();
      List<AttributeChange.Field> fields = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        AttributeName name = AttributeName.values()[in.get()];
        long stamp = in.getSigned();
        AttributeValue value =
            in.get() == 0
                ? new AttributeValue.OfNumber(in.getSigned())
                : new AttributeValue.OfText(in.getText());
        fields.add(new AttributeChange.Field(name, value, stamp));
      }
      return new AttributeChange(dot, path, fields);
    }
    int flags = in.get();
    long stamp = in.getSigned();
    Content content = content(in);
    Attributes attributes = attributes(in);
    int count = in.getCount();
    List<Dot> supersedes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      supersedes.add(dot(in));
    }
    Dot movedFrom = (flags & HAS_SOURCE) == 0 ? null : dot(in);
    return new Version(
        dot, path, content, attributes, stamp, supersedes, movedFrom, (flags & SHELVED) != 0);
  }

  private static void content(ByteWriter out, Content content) {
    switch (content) {
      case Content.File file -> out.put(FILE).putRaw(file.hash().bytes()).putVarint(file.size());
      case Content.Symlink link -> out.put(SYMLINK).putBytes(link.target().bytes());
      case Content.Directory _ -> out.put(DIRECTORY);
    }
  }

  private static Content content(ByteReader in) {
    int kind = in.get();
    return switch (kind) {
      case FILE -> new Content.File(ContentHash.of(in.getRaw(ContentHash.BYTES)), in.getVarint());
      case SYMLINK -> new Content.Symlink(LinkTarget.of(in.getBytes()));
      case DIRECTORY -> Content.Directory.VALUE;
      default -> throw new IllegalStateException("the database names a kind " + kind);
    };
  }

  private static void attributes(ByteWriter out, Attributes attributes) {
    out.putVarint(attributes.mode())
        .putSigned(attributes.mtimeNanos())
        .putText(attributes.owner())
        .putText(attributes.group());
  }

  private static Attributes attributes(ByteReader in) {
    return new Attributes((int) in.getVarint(), in.getSigned(), in.getText(), in.getText());
  }

  private static void dots(ByteWriter out, Set<Dot> dots) {
    out.putVarint(dots.size());
    (dots.size() < 2 ? dots : new TreeSet<>(dots)).forEach(dot -> dot(out, dot));
  }

  private Set<Dot> dots(ByteReader in) {
    int count = in.getCount();
    Set<Dot> dots = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      dots.add(dot(in));
    }
    return dots;
  }

  private static void dot(ByteWriter out, Dot dot) {
    replica(out, dot.replica());
    out.putVarint(dot.counter());
  }

  private Dot dot(ByteReader in) {
    return new Dot(replica(in), in.getVarint());
  }

  private static void replica(ByteWriter out, ReplicaId replica) {
    out.putText(replica.node()).putLong(replica.incarnation());
  }

  private ReplicaId replica(ByteReader in) {
    return intern(new ReplicaId(in.getText(), in.getLong()));
  }

  private ReplicaId intern(ReplicaId replica) {
    ReplicaId known = replicas.putIfAbsent(replica, replica);
    return known == null ? replica : known;
  }

  // -- keys --------------------------------------------------------------------------------------

  /** A path's key below a prefix: parent, NUL, name; so a directory's children stand together. */
  static byte[] pathKey(char prefix, RelativePath path) {
    RelativePath parent = path.parent().orElseThrow();
    return new ByteWriter().put(prefix).putRaw(parent.bytes()).put(0).putRaw(path.name()).toBytes();
  }

  static RelativePath pathOfKey(byte[] key) {
    int nul = 1;
    while (key[nul] != 0) {
      nul++;
    }
    byte[] path;
    if (nul == 1) {
      path = java.util.Arrays.copyOfRange(key, 2, key.length);
    } else {
      path = java.util.Arrays.copyOfRange(key, 1, key.length);
      path[nul - 1] = '/';
    }
    return RelativePath.of(path);
  }

  /** A dot as a key, sorted as dots are. */
  static ByteWriter dotKey(ByteWriter out, Dot dot) {
    return out.putRaw(dot.replica().node().getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .put(0)
        .putLong(dot.replica().incarnation())
        .putLong(dot.counter());
  }

  static byte[] dotKey(char prefix, Dot dot) {
    return dotKey(new ByteWriter().put(prefix), dot).toBytes();
  }

  /** The dot that stands at a place in a key. */
  Dot dotOfKey(byte[] key, int from) {
    int nul = from;
    while (key[nul] != 0) {
      nul++;
    }
    String node = new String(key, from, nul - from, java.nio.charset.StandardCharsets.UTF_8);
    ByteReader in = new ByteReader(key, nul + 1);
    return new Dot(intern(new ReplicaId(node, in.getLong())), in.getLong());
  }
}
