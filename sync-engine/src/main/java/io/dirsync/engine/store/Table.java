package io.dirsync.engine.store;

import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One kind of row: where in the database it lies, and how its values are written. Rows of a table
 * stand together, in the order of their keys' unsigned bytes.
 *
 * @param <V> what a value means
 */
final class Table<V> {
  /**
   * A column family. Nearly everything is in {@link #STATE}, told apart by the key's first byte, so
   * that a store needs few write buffers. What is asked for by prefix, and what is dropped in whole
   * ranges, stands apart.
   */
  enum Space {
    STATE("default"),
    CONTENTS("contents"),
    LOG("log");

    private final String familyName;

    Space(String familyName) {
      this.familyName = familyName;
    }

    String familyName() {
      return familyName;
    }
  }

  private final Space space;
  private final String name;
  private final Function<V, byte[]> encoder;
  private final BiFunction<byte[], byte[], V> decoder;
  private final boolean remembered;
  private final @Nullable UnaryOperator<byte[]> grouping;

  /**
   * @param name for messages
   * @param decoder takes key and value
   * @param remembered whether rows, whose values are immutable then, are asked for again and again
   * @param grouping the prefix of a key by which rows are asked for again and again; null if they
   *     are not
   */
  Table(
      Space space,
      String name,
      Function<V, byte[]> encoder,
      BiFunction<byte[], byte[], V> decoder,
      boolean remembered,
      @Nullable UnaryOperator<byte[]> grouping) {
    this.space = space;
    this.name = name;
    this.encoder = encoder;
    this.decoder = decoder;
    this.remembered = remembered;
    this.grouping = grouping;
  }

  Space space() {
    return space;
  }

  boolean isRemembered() {
    return remembered;
  }

  /** The prefix of the rows that a key is remembered with; null if it is with none. */
  byte @Nullable [] groupOf(byte[] key) {
    return grouping == null ? null : grouping.apply(key);
  }

  boolean isGrouped() {
    return grouping != null;
  }

  byte[] encode(V value) {
    return encoder.apply(value);
  }

  V decode(byte[] key, byte[] value) {
    return decoder.apply(key, value);
  }

  @Override
  public String toString() {
    return name;
  }
}
