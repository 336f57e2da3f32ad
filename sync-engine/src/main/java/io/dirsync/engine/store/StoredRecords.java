package io.dirsync.engine.store;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** What is shown and where contents lie, as some rows have it. */
final class StoredRecords {
  private final Rows rows;
  private final Schema schema;

  StoredRecords(Rows rows, Schema schema) {
    this.rows = rows;
    this.schema = schema;
  }

  PathRecord at(RelativePath path) {
    PathRecord record = rows.get(schema.records, Keys.record(path));
    return record == null ? PathRecord.empty(path) : record;
  }

  void children(RelativePath directory, Consumer<PathRecord> consumer) {
    rows.scan(
        schema.records,
        Keys.recordsIn(directory),
        (_, record) -> {
          consumer.accept(record);
          return true;
        });
  }

  void below(RelativePath directory, Predicate<PathRecord> wanted) {
    var walk =
        new Object() {
          boolean wanted = true;
        };
    Rows.Visitor<PathRecord> visitor =
        (_, record) -> {
          walk.wanted = wanted.test(record);
          return walk.wanted;
        };
    rows.scan(schema.records, Keys.recordsIn(directory), visitor);
    if (walk.wanted) {
      rows.scan(schema.records, Keys.recordsDeepBelow(directory), visitor);
    }
  }

  List<RelativePath> locations(ContentHash hash, int most) {
    return paths(Schema.CONTENTS, Keys.contents(hash), Keys::contentPathOf, most);
  }

  Set<RelativePath> located(RelativePath below) {
    Set<RelativePath> found = new HashSet<>();
    rows.scan(
        Schema.CONTENTS,
        Keys.allContents(),
        (key, _) -> {
          RelativePath path = Keys.contentPathOf(key);
          if (path.isBelow(below)) {
            found.add(path);
          }
          return true;
        });
    return found;
  }

  List<RelativePath> dirty(KeyRange range, int most) {
    return paths(Schema.DIRTY, range, Keys::pathOf, most);
  }

  private <V> List<RelativePath> paths(
      Table<V> table, KeyRange range, Function<byte[], RelativePath> pathOf, int most) {
    List<RelativePath> paths = new ArrayList<>();
    if (most > 0) {
      rows.scan(
          table,
          range,
          (key, _) -> {
            paths.add(pathOf.apply(key));
            return paths.size() < most;
          });
    }
    return paths;
  }
}
