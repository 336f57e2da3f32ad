package io.dirsync.engine.store;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The values of a store's rows. Each begins with a byte that names its format. What cannot be read
 * is an {@link UncheckedIOException} that says which kind of row it was.
 */
final class StoreCodec {
  /** The leading byte of every value written today. */
  static final int FORMAT = 1;

  /** Of a log entry by which someone ended a conflict: it says who, behind all else. */
  private static final int FORMAT_ENDED = 2;

  private static final int SHOWN = 1;
  private static final int FINGERPRINT = 2;
  private static final int RACY = 4;

  private final ModelCodec model;

  StoreCodec(ReplicaNumbers replicas) {
    model = new ModelCodec(replicas);
  }

  byte[] entries(List<LiveEntry> entries) {
    return encode(
        out -> {
          out.varint(entries.size());
          entries.forEach(entry -> model.writeEntry(out, entry));
        });
  }

  List<LiveEntry> entries(RelativePath path, byte[] value) {
    return decode(
        "live entry",
        value,
        in -> {
          int count = in.count();
          List<LiveEntry> entries = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            entries.add(model.readEntry(in, path));
          }
          return List.copyOf(entries);
        });
  }

  byte[] dots(List<Dot> dots) {
    return encode(out -> model.writeDots(out, dots));
  }

  List<Dot> dots(byte[] value) {
    return decode("list of dots", value, model::readDots);
  }

  byte[] path(RelativePath path) {
    return encode(out -> model.writePath(out, path));
  }

  RelativePath path(byte[] value) {
    return decode("path", value, model::readPath);
  }

  static byte[] number(long number) {
    return encode(out -> out.varint(number));
  }

  static long number(byte[] value) {
    return decode("number", value, ByteReader::varint);
  }

  static byte[] cursor(Cursor cursor) {
    return encode(out -> out.varint(cursor.sequence()).u64(cursor.epoch()));
  }

  static Cursor cursor(byte[] value) {
    return decode("cursor", value, in -> new Cursor(in.varint(), in.u64()));
  }

  static byte[] opaque(byte[] bytes) {
    return encode(out -> out.raw(bytes));
  }

  static byte[] opaqueBytes(byte[] value) {
    return decode("named value", value, ByteReader::rest);
  }

  static byte[] replica(ReplicaId replica) {
    return encode(out -> out.text(replica.node()).u64(replica.incarnation()));
  }

  static ReplicaId replica(byte[] value) {
    return decode("replica", value, in -> new ReplicaId(in.text(), in.u64()));
  }

  /** All but how many conflicts there are: that has a row of its own. */
  static byte[] figures(Figures figures) {
    return encode(
        out ->
            out.varint(figures.totals().files())
                .varint(figures.totals().bytes())
                .varint(figures.totals().copies())
                .varint(figures.floor())
                .varint(figures.end()));
  }

  static Figures figures(byte[] value) {
    return decode(
        "set of totals",
        value,
        in ->
            new Figures(
                new FolderStore.Totals(in.varint(), in.varint(), in.varint(), 0),
                in.varint(),
                in.varint()));
  }

  byte[] record(PathRecord record) {
    Shown shown = record.shown();
    Fingerprint fingerprint = record.fingerprint();
    return encode(
        out -> {
          out.u8(
              (shown != null ? SHOWN : 0)
                  | (fingerprint != null ? FINGERPRINT : 0)
                  | (fingerprint != null && fingerprint.racy() ? RACY : 0));
          if (shown != null) {
            model.writeContent(out, shown.content());
            model.writeAttributes(out, shown.attributes());
            model.writeDots(out, sorted(shown.dots()));
            model.writeDots(out, sorted(shown.attributeDots()));
          }
          if (fingerprint != null) {
            out.varint(fingerprint.inode())
                .varint(fingerprint.sizeBytes())
                .u64(fingerprint.mtimeNanos())
                .u64(fingerprint.ctimeNanos());
          }
          out.varint(record.copies().size());
          for (PathRecord.Copy copy : record.copies()) {
            model.writeDot(out, copy.dot());
            model.writeContent(out, copy.content());
            model.writeAttributes(out, copy.attributes());
            out.u64(copy.stamp());
            model.writePath(out, copy.file());
          }
        });
  }

  PathRecord record(RelativePath path, byte[] value) {
    return decode(
        "path record",
        value,
        in -> {
          int flags = in.u8();
          if ((flags & ~(SHOWN | FINGERPRINT | RACY)) != 0) {
            throw new IllegalArgumentException("it has unknown flags");
          }
          return new PathRecord(
              path,
              (flags & SHOWN) != 0 ? readShown(in) : null,
              (flags & FINGERPRINT) != 0
                  ? new Fingerprint(
                      in.varint(), in.varint(), in.u64(), in.u64(), (flags & RACY) != 0)
                  : null,
              readCopies(in));
        });
  }

  private Shown readShown(ByteReader in) {
    Content content = model.readContent(in);
    Attributes attributes = model.readAttributes(in);
    return new Shown(
        content, attributes, Set.copyOf(model.readDots(in)), Set.copyOf(model.readDots(in)));
  }

  private List<PathRecord.Copy> readCopies(ByteReader in) {
    int count = in.count();
    List<PathRecord.Copy> copies = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      copies.add(
          new PathRecord.Copy(
              model.readDot(in),
              model.readContent(in),
              model.readAttributes(in),
              in.u64(),
              model.readPath(in)));
    }
    return copies;
  }

  /**
   * The header comes first: time, source, how many files and bytes the event added, so that these
   * can be had without taking the event apart.
   */
  byte[] log(Event event, @Nullable ReplicaId source, long timeMillis) {
    Ending ending = event.ending();
    return encode(
        ending == null ? FORMAT : FORMAT_ENDED,
        out -> {
          out.u64(timeMillis);
          model.writeReplica(out, source);
          out.varint(files(event)).varint(bytes(event));
          out.varint(event.added().size());
          for (LiveEntry entry : event.added()) {
            model.writePath(out, entry.path());
            model.writeEntry(out, entry);
          }
          model.writeDots(out, sorted(event.removed()));
          model.writeDots(out, sorted(event.shelved()));
          if (ending != null) {
            ModelCodec.writeEnding(out, ending);
          }
        });
  }

  FolderStore.LogRecord log(long sequence, byte[] value) {
    return decode(
        "log entry",
        value,
        FORMAT_ENDED,
        (in, format) -> {
          long timeMillis = in.u64();
          ReplicaId source = model.readReplica(in);
          in.varint();
          in.varint();
          int count = in.count();
          List<LiveEntry> added = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            RelativePath path = model.readPath(in);
            added.add(model.readEntry(in, path));
          }
          Event event =
              new Event(
                  added,
                  Set.copyOf(model.readDots(in)),
                  Set.copyOf(model.readDots(in)),
                  format == FORMAT_ENDED ? ModelCodec.readEnding(in) : null);
          return new FolderStore.LogRecord(sequence, event, source, timeMillis);
        });
  }

  private static long files(Event event) {
    return event.added().stream()
        .filter(entry -> entry instanceof Version version && !version.content().isDirectory())
        .count();
  }

  private static long bytes(Event event) {
    long bytes = 0;
    for (LiveEntry entry : event.added()) {
      if (entry instanceof Version version) {
        long sum = bytes + version.content().sizeBytes();
        // What a peer claims may add up to anything.
        bytes = sum < bytes ? Long.MAX_VALUE : sum;
      }
    }
    return bytes;
  }

  /** Sets have no order of their own; equal values are to have equal bytes. */
  private static List<Dot> sorted(Collection<Dot> dots) {
    return dots.stream().sorted(Comparator.naturalOrder()).toList();
  }

  private static byte[] encode(Consumer<ByteWriter> body) {
    return encode(FORMAT, body);
  }

  private static byte[] encode(int format, Consumer<ByteWriter> body) {
    ByteWriter out = new ByteWriter().u8(format);
    body.accept(out);
    return out.toByteArray();
  }

  private static <V> V decode(String kind, byte[] value, Function<ByteReader, V> body) {
    return decode(kind, value, FORMAT, (in, _) -> body.apply(in));
  }

  private static <V> V decode(
      String kind, byte[] value, int formatMax, BiFunction<ByteReader, Integer, V> body) {
    try {
      ByteReader in = new ByteReader(value, 0);
      int format = in.u8();
      if (format < FORMAT || format > formatMax) {
        throw new UncheckedIOException(
            new IOException(
                "a %s in the store has format %d; this dirsync knows format %d"
                    .formatted(kind, format, formatMax)));
      }
      V decoded = body.apply(in, format);
      in.end();
      return decoded;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new UncheckedIOException(
          new IOException("a " + kind + " in the store is damaged: " + e.getMessage(), e));
    }
  }
}
