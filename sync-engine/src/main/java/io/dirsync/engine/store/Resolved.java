package io.dirsync.engine.store;

import io.dirsync.conflict.Undo;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A resolution that was made on this node, remembered for as long as the trash keeps what it
 * replaced.
 *
 * @param path whose conflict it was
 * @param timeMillis when it was made, milliseconds since 1970
 */
public record Resolved(RelativePath path, long timeMillis, Undo undo) {
  private static final int FORMAT = 1;

  /** As a named value of the store. */
  public static byte[] encode(List<Resolved> all) {
    List<ReplicaId> replicas = new ArrayList<>();
    ModelCodec model = new ModelCodec(numbers(replicas));
    ByteWriter body = new ByteWriter();
    body.varint(all.size());
    for (Resolved each : all) {
      model.writePath(body, each.path);
      body.u64(each.timeMillis);
      body.varint(each.undo.copies().size());
      each.undo.copies().forEach(copy -> write(model, body, copy));
      body.varint(each.undo.writes().size());
      for (Undo.Written written : each.undo.writes()) {
        model.writeDot(body, written.dot());
        model.writePath(body, written.path());
        body.u8(written.before().isPresent() ? 1 : 0);
        written.before().ifPresent(before -> write(model, body, before));
      }
    }
    ByteWriter out = new ByteWriter().u8(FORMAT).varint(replicas.size());
    for (ReplicaId replica : replicas) {
      out.text(replica.node()).u64(replica.incarnation());
    }
    return out.raw(body.toByteArray()).toByteArray();
  }

  /**
   * @throws IllegalArgumentException if the value is damaged, or of a later format
   */
  public static List<Resolved> decode(byte[] value) {
    ByteReader in = new ByteReader(value, 0);
    if (in.u8() != FORMAT) {
      throw new IllegalArgumentException("a list of resolutions has an unknown format");
    }
    List<ReplicaId> replicas = new ArrayList<>();
    int known = in.count();
    for (int i = 0; i < known; i++) {
      replicas.add(new ReplicaId(in.text(), in.u64()));
    }
    ModelCodec model = new ModelCodec(numbers(replicas));
    List<Resolved> all = new ArrayList<>();
    int count = in.count();
    for (int i = 0; i < count; i++) {
      all.add(
          new Resolved(
              model.readPath(in), in.u64(), new Undo(copies(model, in), writes(model, in))));
    }
    in.end();
    return all;
  }

  private static List<Version> copies(ModelCodec model, ByteReader in) {
    List<Version> copies = new ArrayList<>();
    int count = in.count();
    for (int i = 0; i < count; i++) {
      copies.add(read(model, in));
    }
    return copies;
  }

  private static List<Undo.Written> writes(ModelCodec model, ByteReader in) {
    List<Undo.Written> writes = new ArrayList<>();
    int count = in.count();
    for (int i = 0; i < count; i++) {
      writes.add(
          new Undo.Written(
              model.readDot(in),
              model.readPath(in),
              in.u8() == 1 ? Optional.of(read(model, in)) : Optional.empty()));
    }
    return writes;
  }

  private static void write(ModelCodec model, ByteWriter out, Version version) {
    model.writePath(out, version.path());
    model.writeEntry(out, version);
  }

  private static Version read(ModelCodec model, ByteReader in) {
    RelativePath path = model.readPath(in);
    LiveEntry entry = model.readEntry(in, path);
    if (entry instanceof Version version) {
      return version;
    }
    throw new IllegalArgumentException("a resolution speaks of versions");
  }

  /** Numbers that hold for this value alone: it must not depend on the store's own. */
  private static ReplicaNumbers numbers(List<ReplicaId> replicas) {
    return new ReplicaNumbers() {
      @Override
      public int number(ReplicaId replica) {
        int number = replicas.indexOf(replica);
        if (number < 0) {
          number = replicas.size();
          replicas.add(replica);
        }
        return number;
      }

      @Override
      public ReplicaId replica(int number) {
        if (number >= replicas.size()) {
          throw new IllegalArgumentException("there is no replica " + number);
        }
        return replicas.get(number);
      }
    };
  }
}
