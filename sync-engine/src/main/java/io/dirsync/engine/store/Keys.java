package io.dirsync.engine.store;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The names of rows. In {@link Table.Space#STATE} the first byte tells the table.
 *
 * <p>A path record's key is its directory's path, a NUL and its name: a directory's children stand
 * together, and everything below it stands together in front of {@code directory0}, parents before
 * children, whatever bytes the names have. A dot's key is its replica's number, the length of its
 * counter and the counter in big-endian order: of one replica, dots stand in order.
 */
final class Keys {
  private static final byte DOTS = 'D';
  private static final byte LIVE = 'L';
  private static final byte MOVES = 'M';
  private static final byte SUCCESSORS = 'S';
  private static final byte BELOW = 'B';
  private static final byte RECORDS = 'R';
  private static final byte DIRTY = 'Y';
  private static final byte VECTOR = 'V';
  private static final byte BEYOND = 'X';
  private static final byte CURSORS = 'C';
  private static final byte ACKNOWLEDGED = 'A';
  private static final byte META = 'N';
  private static final byte REPLICAS = 'I';
  private static final byte RESERVED = 'Q';

  static final byte[] FIGURES = {'F'};
  static final byte[] CONFLICTS = {'K'};
  static final byte[] FORMAT = {'Z'};

  private static final byte SEPARATOR = '/';
  private static final byte NAME_FOLLOWS = 0;

  private Keys() {}

  static byte[] live(RelativePath path) {
    return path(LIVE, path);
  }

  static KeyRange liveBelow(RelativePath directory) {
    return directory.isRoot()
        ? all(LIVE)
        : KeyRange.withPrefix(directoryPrefix(LIVE, directory.bytes(), SEPARATOR));
  }

  static byte[] below(RelativePath directory) {
    return path(BELOW, directory);
  }

  static byte[] dirty(RelativePath path) {
    return path(DIRTY, path);
  }

  static KeyRange dirty() {
    return all(DIRTY);
  }

  /** The path in a key that is a table's byte and a path. */
  static RelativePath pathOf(byte[] key) {
    return plain(Arrays.copyOfRange(key, 1, key.length));
  }

  private static RelativePath plain(byte[] path) {
    try {
      return RelativePath.of(path);
    } catch (IllegalArgumentException e) {
      throw new UncheckedIOException(
          new IOException("the name of a row in the store is damaged: " + e.getMessage(), e));
    }
  }

  static byte[] record(RelativePath path) {
    byte[] key = path(RECORDS, path);
    for (int i = key.length - 1; i > 0; i--) {
      if (key[i] == SEPARATOR) {
        key[i] = NAME_FOLLOWS;
        return key;
      }
    }
    if (path.isRoot()) {
      return key;
    }
    byte[] inRoot = new byte[key.length + 1];
    inRoot[0] = RECORDS;
    inRoot[1] = NAME_FOLLOWS;
    System.arraycopy(key, 1, inRoot, 2, key.length - 1);
    return inRoot;
  }

  static RelativePath recordPathOf(byte[] key) {
    if (key.length > 1 && key[1] == NAME_FOLLOWS) {
      return plain(Arrays.copyOfRange(key, 2, key.length));
    }
    byte[] path = Arrays.copyOfRange(key, 1, key.length);
    for (int i = path.length - 1; i >= 0; i--) {
      if (path[i] == NAME_FOLLOWS) {
        path[i] = SEPARATOR;
        break;
      }
    }
    return RelativePath.of(path);
  }

  static KeyRange recordsIn(RelativePath directory) {
    return KeyRange.withPrefix(directoryPrefix(RECORDS, directory.bytes(), NAME_FOLLOWS));
  }

  /** What is below a directory but not in it; with {@link #recordsIn} it is everything below. */
  static KeyRange recordsDeepBelow(RelativePath directory) {
    return directory.isRoot()
        ? new KeyRange(recordsIn(directory).to(), all(RECORDS).to())
        : KeyRange.withPrefix(directoryPrefix(RECORDS, directory.bytes(), SEPARATOR));
  }

  /** What all locations of one content have in common. */
  static final int CONTENT_PREFIX_BYTES = ContentHash.BYTES;

  static byte[] content(ContentHash hash, RelativePath path) {
    ByteBuffer key = ByteBuffer.allocate(ContentHash.BYTES + path.length());
    return key.put(hash.bytes()).put(path.bytes()).array();
  }

  static KeyRange contents(ContentHash hash) {
    return KeyRange.withPrefix(hash.bytes());
  }

  static KeyRange allContents() {
    return KeyRange.withPrefix(new byte[0]);
  }

  static RelativePath contentPathOf(byte[] key) {
    return RelativePath.of(Arrays.copyOfRange(key, ContentHash.BYTES, key.length));
  }

  static byte[] log(long sequence) {
    return ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
  }

  static KeyRange logAfter(long sequence) {
    return new KeyRange(log(sequence + 1), log(-1L));
  }

  static long sequenceOf(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }

  static byte[] dot(int replica, long counter) {
    return dotInto(new ByteWriter(16).u8(DOTS), replica, counter);
  }

  static byte[] moves(int replica, long counter) {
    return dotInto(new ByteWriter(16).u8(MOVES), replica, counter);
  }

  static byte[] beyond(int replica, long counter) {
    return dotInto(new ByteWriter(16).u8(BEYOND), replica, counter);
  }

  static KeyRange beyond() {
    return all(BEYOND);
  }

  /** Begins every key of the versions that supersede a dot; each ends in its {@link #dotOnly}. */
  static byte[] successors(int replica, long counter) {
    return dotInto(new ByteWriter(16).u8(SUCCESSORS), replica, counter);
  }

  /** What the key of one of them begins with. */
  static byte[] successorsWith(byte[] key) {
    ByteReader in = new ByteReader(key, 1);
    in.varint();
    counterOf(in);
    return Arrays.copyOf(key, in.position());
  }

  static byte[] dotOnly(int replica, long counter) {
    return dotInto(new ByteWriter(16), replica, counter);
  }

  /** A replica's dots behind a counter. */
  static KeyRange dotsAfter(int replica, long counter) {
    byte[] prefix = new ByteWriter(8).u8(DOTS).varint(replica).toByteArray();
    KeyRange replicas = KeyRange.withPrefix(prefix);
    return counter == 0 ? replicas : replicas.after(dot(replica, counter));
  }

  private static byte[] dotInto(ByteWriter out, int replica, long counter) {
    int length = (Long.SIZE - Long.numberOfLeadingZeros(counter) + 7) / 8;
    out.varint(replica).u8(length);
    for (int i = length - 1; i >= 0; i--) {
      out.u8((int) (counter >>> (8 * i)));
    }
    return out.toByteArray();
  }

  /** Reads what {@link #dotInto} wrote. */
  static long counterOf(ByteReader in) {
    long counter = 0;
    for (int length = in.u8(); length > 0; length--) {
      counter = counter << 8 | in.u8();
    }
    return counter;
  }

  static byte[] vector(int replica) {
    return numbered(VECTOR, replica);
  }

  static KeyRange vector() {
    return all(VECTOR);
  }

  static byte[] cursor(int replica) {
    return numbered(CURSORS, replica);
  }

  static byte[] reserved(int replica) {
    return numbered(RESERVED, replica);
  }

  static byte[] replica(int number) {
    return numbered(REPLICAS, number);
  }

  static KeyRange replicas() {
    return all(REPLICAS);
  }

  static int numberOf(byte[] key) {
    return Math.toIntExact(new ByteReader(key, 1).varint());
  }

  static byte[] acknowledged(String peer) {
    return named(ACKNOWLEDGED, peer);
  }

  static byte[] meta(String name) {
    return named(META, name);
  }

  private static KeyRange all(byte table) {
    return KeyRange.withPrefix(new byte[] {table});
  }

  private static byte[] numbered(byte table, int number) {
    return new ByteWriter(8).u8(table).varint(number).toByteArray();
  }

  private static byte[] named(byte table, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return new ByteWriter(1 + bytes.length).u8(table).raw(bytes).toByteArray();
  }

  private static byte[] path(byte table, RelativePath path) {
    byte[] bytes = path.bytes();
    byte[] key = new byte[1 + bytes.length];
    key[0] = table;
    System.arraycopy(bytes, 0, key, 1, bytes.length);
    return key;
  }

  private static byte[] directoryPrefix(byte table, byte[] directory, byte end) {
    byte[] key = new byte[directory.length + 2];
    key[0] = table;
    System.arraycopy(directory, 0, key, 1, directory.length);
    key[key.length - 1] = end;
    return key;
  }
}
