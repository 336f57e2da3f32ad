package io.dirsync.engine.store;

import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.util.ArrayList;
import java.util.List;

/**
 * Which content a write had put: remembered after something else has taken its place.
 *
 * @param replaced what it had replaced, nearest first, at most {@link #REPLACED_MAX}
 */
public record WrittenContent(Dot dot, Content.File content, List<Dot> replaced) {
  /** Those that it had replaced itself; through them the others are found. */
  public static final int REPLACED_MAX = 2;

  public WrittenContent {
    replaced = List.copyOf(replaced);
  }

  private static final int FORMAT = 1;

  /** As a named value of the store. */
  public static byte[] encode(List<WrittenContent> all) {
    ByteWriter out = new ByteWriter().u8(FORMAT).varint(all.size());
    for (WrittenContent each : all) {
      write(out, each.dot);
      out.raw(each.content.hash().bytes()).varint(each.content.size());
      out.varint(each.replaced.size());
      each.replaced.forEach(dot -> write(out, dot));
    }
    return out.toByteArray();
  }

  /**
   * @throws IllegalArgumentException if the value is damaged, or of a later format
   */
  public static List<WrittenContent> decode(byte[] value) {
    ByteReader in = new ByteReader(value, 0);
    if (in.u8() != FORMAT) {
      throw new IllegalArgumentException("a list of written contents has an unknown format");
    }
    List<WrittenContent> all = new ArrayList<>();
    int count = in.count();
    for (int i = 0; i < count; i++) {
      Dot dot = read(in);
      Content.File content =
          new Content.File(ContentHash.of(in.raw(ContentHash.BYTES)), in.varint());
      List<Dot> replaced = new ArrayList<>();
      int dots = in.count();
      for (int k = 0; k < dots; k++) {
        replaced.add(read(in));
      }
      all.add(new WrittenContent(dot, content, replaced));
    }
    in.end();
    return all;
  }

  private static void write(ByteWriter out, Dot dot) {
    ReplicaId replica = dot.replica();
    out.text(replica.node()).u64(replica.incarnation()).varint(dot.counter());
  }

  private static Dot read(ByteReader in) {
    return new Dot(new ReplicaId(in.text(), in.u64()), in.varint());
  }
}
