package io.dirsync.engine;

import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.RelativePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Notices that a folder's mode was changed: where nothing was put on the disk so far, everything
 * that is known has to be looked at once.
 */
final class Direction {
  private static final String MODE = "mode";
  private static final int PATHS_IN_CHANGE = 1_000;

  private Direction() {}

  static void changed(FolderStore store, FolderWriter writer, Planner planner, FolderMode now) {
    Optional<FolderMode> before =
        store
            .meta(MODE)
            .flatMap(value -> FolderMode.parse(new String(value, StandardCharsets.UTF_8)));
    if (before.orElse(FolderMode.TWO_WAY) == now) {
      return;
    }
    if (before.orElse(FolderMode.TWO_WAY) == FolderMode.SEND_ONLY) {
      List<RelativePath> paths = new ArrayList<>();
      store.readLive(
          null,
          entry -> {
            add(store, writer, planner, paths, entry.path());
            return true;
          });
      store.below(
          RelativePath.ROOT,
          record -> {
            add(store, writer, planner, paths, record.path());
            return true;
          });
      evaluate(writer, planner, paths);
    }
    writer.write(
        transaction -> transaction.setMeta(MODE, now.words().getBytes(StandardCharsets.UTF_8)));
  }

  private static void add(
      FolderStore store,
      FolderWriter writer,
      Planner planner,
      List<RelativePath> paths,
      RelativePath path) {
    Optional<RelativePath> above = path.parent();
    while (above.isPresent()
        && !above.get().isRoot()
        && store.record(above.get()).shown() == null) {
      paths.add(above.get());
      above = above.get().parent();
    }
    paths.add(path);
    if (paths.size() >= PATHS_IN_CHANGE) {
      evaluate(writer, planner, paths);
      paths.clear();
    }
  }

  private static void evaluate(FolderWriter writer, Planner planner, List<RelativePath> paths) {
    List<RelativePath> some = List.copyOf(paths);
    writer.write(
        transaction -> {
          long ticket = planner.newTicket();
          some.forEach(path -> planner.evaluate(transaction, path, ticket));
        });
  }
}
