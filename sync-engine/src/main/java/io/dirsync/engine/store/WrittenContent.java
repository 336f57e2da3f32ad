package io.dirsync.engine.store;

import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.util.ArrayList;
import java.util.List;

/** Which content a write had put: remembered after something else has taken its place. */
public record WrittenContent(Dot dot, Content.File content) {
  private static final int FORMAT = 1;

  /** As a named value of the store. */
  public static byte[] encode(List<WrittenContent> all) {
    ByteWriter out = new ByteWriter().u8(FORMAT).varint(all.size());
    for (WrittenContent each : all) {
      ReplicaId replica = each.dot.replica();
      out.text(replica.node()).u64(replica.incarnation()).varint(each.dot.counter());
      out.raw(each.content.hash().bytes()).varint(each.content.size());
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
      Dot dot = new Dot(new ReplicaId(in.text(), in.u64()), in.varint());
      all.add(
          new WrittenContent(
              dot, new Content.File(ContentHash.of(in.raw(ContentHash.BYTES)), in.varint())));
    }
    in.end();
    return all;
  }
}
