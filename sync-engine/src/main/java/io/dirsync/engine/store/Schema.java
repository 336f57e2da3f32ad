package io.dirsync.engine.store;

import io.dirsync.engine.store.Table.Space;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a store. The hottest questions, what is live at a path and what was shown there,
 * are one row each. {@link Keys} says how rows are named.
 */
final class Schema {
  /** A row whose key says it all. */
  enum Present {
    YES
  }

  /** The version of the whole layout, under {@link Keys#FORMAT}. */
  static final Table<Long> FORMAT = numbers("format");

  static final Table<Figures> FIGURES = state("totals", StoreCodec::figures, StoreCodec::figures);

  /** How many paths have conflict copies; no row in stores from before they were counted. */
  static final Table<Long> CONFLICTS = numbers("count of conflicts");

  static final Table<ReplicaId> REPLICAS =
      state("replica", StoreCodec::replica, StoreCodec::replica);

  /** Of each own replica, up to which counter dots may have been handed out. */
  static final Table<Long> RESERVED = numbers("reserved counter");

  static final Table<Long> VECTOR = numbers("version vector");
  static final Table<Present> BEYOND = present(Space.STATE, "removed dot");

  /** Where the live entry of a dot is found. */
  final Table<RelativePath> dots;

  /** All live entries of one path. */
  final Table<List<LiveEntry>> live;

  /** The dots of the live versions that were moved from a dot: seldom any, asked for often. */
  final Table<List<Dot>> moves;

  /** Superseded dot and live version's dot: written often, asked for only of moved files. */
  static final Table<Present> SUCCESSORS = present(Space.STATE, "successor", Keys::successorsWith);

  /** Of each directory, how many live versions lie below it; no row for none. */
  static final Table<Long> BELOW =
      remembered("count of versions below", StoreCodec::number, StoreCodec::number);

  final Table<PathRecord> records;
  static final Table<Present> DIRTY = present(Space.STATE, "path to show");

  /** Content hash and path. */
  static final Table<Present> CONTENTS = present(Space.CONTENTS, "content's location");

  final Table<FolderStore.LogRecord> log;
  static final Table<Cursor> CURSORS = state("cursor", StoreCodec::cursor, StoreCodec::cursor);
  static final Table<Long> ACKNOWLEDGED = numbers("acknowledgement");
  static final Table<byte[]> META =
      state("named value", StoreCodec::opaque, StoreCodec::opaqueBytes);

  Schema(ReplicaNumbers replicas) {
    StoreCodec codec = new StoreCodec(replicas);
    dots = remembered("dot", codec::path, codec::path);
    live =
        new Table<>(
            Space.STATE,
            "live entry",
            codec::entries,
            (key, value) -> codec.entries(Keys.pathOf(key), value),
            true,
            null);
    moves = remembered("move", codec::dots, codec::dots);
    records =
        new Table<>(
            Space.STATE,
            "path record",
            codec::record,
            (key, value) -> codec.record(Keys.recordPathOf(key), value),
            true,
            null);
    log =
        new Table<>(
            Space.LOG,
            "log entry",
            entry -> codec.log(entry.event(), entry.source(), entry.timeMillis()),
            (key, value) -> codec.log(Keys.sequenceOf(key), value),
            false,
            null);
  }

  private static Table<Long> numbers(String name) {
    return state(name, StoreCodec::number, StoreCodec::number);
  }

  private static <V> Table<V> state(
      String name, Function<V, byte[]> encoder, Function<byte[], V> decoder) {
    return new Table<>(Space.STATE, name, encoder, (_, value) -> decoder.apply(value), false, null);
  }

  private static <V> Table<V> remembered(
      String name, Function<V, byte[]> encoder, Function<byte[], V> decoder) {
    return new Table<>(Space.STATE, name, encoder, (_, value) -> decoder.apply(value), true, null);
  }

  private static Table<Present> present(Space space, String name) {
    return present(space, name, null);
  }

  private static Table<Present> present(
      Space space, String name, @Nullable UnaryOperator<byte[]> grouping) {
    return new Table<>(space, name, _ -> new byte[0], (_, _) -> Present.YES, false, grouping);
  }
}
