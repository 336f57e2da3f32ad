package io.dirsync.engine.store;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Settled;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the model's nouns stand inside a value. A change after which older values read otherwise is a
 * new {@link StoreCodec#FORMAT}.
 */
final class ModelCodec {
  private static final int DIRECTORY = 0;
  private static final int FILE = 1;
  private static final int SYMLINK = 2;

  private static final int VERSION = 1;
  private static final int ATTRIBUTE_CHANGE = 2;

  private static final int SHELVED = 1;
  private static final int MOVED = 2;
  private static final int SETTLED = 4;

  private final ReplicaNumbers replicas;

  ModelCodec(ReplicaNumbers replicas) {
    this.replicas = replicas;
  }

  void writeReplica(ByteWriter out, @Nullable ReplicaId replica) {
    out.varint(replica == null ? 0 : replicas.number(replica) + 1L);
  }

  @Nullable ReplicaId readReplica(ByteReader in) {
    long number = in.varint();
    return number == 0 ? null : replicas.replica(Math.toIntExact(number - 1));
  }

  void writeDot(ByteWriter out, Dot dot) {
    out.varint(replicas.number(dot.replica())).varint(dot.counter());
  }

  Dot readDot(ByteReader in) {
    return new Dot(replicas.replica(Math.toIntExact(in.varint())), in.varint());
  }

  void writeDots(ByteWriter out, Collection<Dot> dots) {
    out.varint(dots.size());
    for (Dot dot : dots) {
      writeDot(out, dot);
    }
  }

  List<Dot> readDots(ByteReader in) {
    int count = in.count();
    List<Dot> dots = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      dots.add(readDot(in));
    }
    return dots;
  }

  void writePath(ByteWriter out, RelativePath path) {
    out.sized(path.bytes());
  }

  RelativePath readPath(ByteReader in) {
    return RelativePath.of(in.sized());
  }

  void writeContent(ByteWriter out, Content content) {
    switch (content) {
      case Content.Directory _ -> out.u8(DIRECTORY);
      case Content.File(ContentHash hash, long size) -> out.u8(FILE).raw(hash.bytes()).varint(size);
      case Content.Symlink(LinkTarget target) -> out.u8(SYMLINK).sized(target.bytes());
    }
  }

  Content readContent(ByteReader in) {
    int kind = in.u8();
    return switch (kind) {
      case DIRECTORY -> Content.Directory.VALUE;
      case FILE -> new Content.File(ContentHash.of(in.raw(ContentHash.BYTES)), in.varint());
      case SYMLINK -> new Content.Symlink(LinkTarget.of(in.sized()));
      default -> throw new IllegalArgumentException("there is no kind of content " + kind);
    };
  }

  void writeAttributes(ByteWriter out, Attributes attributes) {
    out.varint(attributes.mode())
        .u64(attributes.mtimeNanos())
        .text(attributes.owner())
        .text(attributes.group());
  }

  Attributes readAttributes(ByteReader in) {
    return new Attributes(Math.toIntExact(in.varint()), in.u64(), in.text(), in.text());
  }

  /** All of an entry but its path. */
  void writeEntry(ByteWriter out, LiveEntry entry) {
    switch (entry) {
      case Version version -> {
        out.u8(VERSION);
        writeVersion(out, version);
      }
      case AttributeChange change -> {
        out.u8(ATTRIBUTE_CHANGE);
        writeAttributeChange(out, change);
      }
    }
  }

  LiveEntry readEntry(ByteReader in, RelativePath path) {
    int kind = in.u8();
    return switch (kind) {
      case VERSION -> readVersion(in, path);
      case ATTRIBUTE_CHANGE -> readAttributeChange(in, path);
      default -> throw new IllegalArgumentException("there is no kind of entry " + kind);
    };
  }

  private void writeVersion(ByteWriter out, Version version) {
    Dot movedFrom = version.movedFrom();
    Settled settled = version.settled();
    out.u8(
        (version.shelved() ? SHELVED : 0)
            | (movedFrom != null ? MOVED : 0)
            | (settled != null ? SETTLED : 0));
    writeDot(out, version.dot());
    writeContent(out, version.content());
    writeAttributes(out, version.attributes());
    out.u64(version.stamp());
    writeDots(out, version.supersedes());
    if (movedFrom != null) {
      writeDot(out, movedFrom);
    }
    if (settled != null) {
      out.u8(settled.by().code()).u8(settled.round());
    }
  }

  private Version readVersion(ByteReader in, RelativePath path) {
    int flags = in.u8();
    if ((flags & ~(SHELVED | MOVED | SETTLED)) != 0) {
      throw new IllegalArgumentException("a version has unknown flags");
    }
    return new Version(
        readDot(in),
        path,
        readContent(in),
        readAttributes(in),
        in.u64(),
        readDots(in),
        (flags & MOVED) != 0 ? readDot(in) : null,
        (flags & SHELVED) != 0,
        (flags & SETTLED) != 0 ? new Settled(Settled.By.of(in.u8()), in.u8()) : null);
  }

  static void writeEnding(ByteWriter out, Ending ending) {
    out.u8(ending.by().code()).text(ending.node()).text(ending.rule()).text(ending.pattern());
  }

  static Ending readEnding(ByteReader in) {
    return new Ending(by(in.u8()), in.text(), in.text(), in.text());
  }

  private static Ending.By by(int code) {
    return Ending.By.of(code)
        .orElseThrow(() -> new IllegalArgumentException("nobody ends conflicts by " + code));
  }

  private void writeAttributeChange(ByteWriter out, AttributeChange change) {
    writeDot(out, change.dot());
    out.varint(change.fields().size());
    for (AttributeChange.Field field : change.fields()) {
      out.u8(code(field.name()));
      switch (field.value()) {
        case AttributeValue.OfNumber(long value) -> out.u64(value);
        case AttributeValue.OfText(String value) -> out.text(value);
      }
      out.u64(field.stamp());
    }
  }

  private AttributeChange readAttributeChange(ByteReader in, RelativePath path) {
    Dot dot = readDot(in);
    int count = in.count();
    List<AttributeChange.Field> fields = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      AttributeName name = attributeName(in.u8());
      AttributeValue value =
          switch (name) {
            case MODE, MTIME -> new AttributeValue.OfNumber(in.u64());
            case OWNER, GROUP -> new AttributeValue.OfText(in.text());
          };
      fields.add(new AttributeChange.Field(name, value, in.u64()));
    }
    return new AttributeChange(dot, path, fields);
  }

  private static int code(AttributeName name) {
    return switch (name) {
      case MODE -> 0;
      case MTIME -> 1;
      case OWNER -> 2;
      case GROUP -> 3;
    };
  }

  private static AttributeName attributeName(int code) {
    return switch (code) {
      case 0 -> AttributeName.MODE;
      case 1 -> AttributeName.MTIME;
      case 2 -> AttributeName.OWNER;
      case 3 -> AttributeName.GROUP;
      default -> throw new IllegalArgumentException("there is no attribute " + code);
    };
  }
}
