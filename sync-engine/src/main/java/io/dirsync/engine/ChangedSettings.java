package io.dirsync.engine;

import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Notices that a folder's mode was changed, or what it ignores: where something was not put on the
 * disk so far, everything that is known has to be looked at once.
 */
final class ChangedSettings {
  private static final String MODE = "mode";
  private static final String IGNORED = "ignored";
  private static final int PATHS_IN_CHANGE = 1_000;

  private ChangedSettings() {}

  static void apply(
      FolderSettings settings,
      IgnoreRules rules,
      FolderStore store,
      FolderWriter writer,
      Planner planner) {
    boolean comesIn = modeChanged(store, writer, settings.mode());
    String ignored = String.join("\n", settings.ignore());
    Optional<String> before =
        store.meta(IGNORED).map(value -> new String(value, StandardCharsets.UTF_8));
    if (!before.orElse("").equals(ignored)) {
      forgetIgnored(rules, store, writer);
      writer.write(
          transaction -> transaction.setMeta(IGNORED, ignored.getBytes(StandardCharsets.UTF_8)));
      comesIn |= before.isPresent();
    }
    if (comesIn) {
      evaluateAll(store, writer, planner);
    }
  }

  /**
   * What is ignored is not shown by this node, whoever has put it there: it is no deletion if it
   * goes, and once it is not ignored any more it is met as if for the first time.
   */
  private static void forgetIgnored(IgnoreRules rules, FolderStore store, FolderWriter writer) {
    List<RelativePath> paths = new ArrayList<>();
    store.below(
        RelativePath.ROOT,
        record -> {
          Shown shown = record.shown();
          if (shown != null && rules.ignores(record.path(), shown.content().isDirectory())) {
            paths.add(record.path());
          }
          if (paths.size() >= PATHS_IN_CHANGE) {
            forget(writer, paths);
            paths.clear();
          }
          return true;
        });
    forget(writer, paths);
  }

  private static void forget(FolderWriter writer, List<RelativePath> paths) {
    List<RelativePath> some = List.copyOf(paths);
    writer.write(
        transaction -> {
          for (RelativePath path : some) {
            transaction.put(new PathRecord(path, null, null, transaction.record(path).copies()));
          }
        });
  }

  /** Whether nothing was put on the disk so far, and is from now on. */
  private static boolean modeChanged(FolderStore store, FolderWriter writer, FolderMode now) {
    Optional<FolderMode> before =
        store
            .meta(MODE)
            .flatMap(value -> FolderMode.parse(new String(value, StandardCharsets.UTF_8)));
    if (before.orElse(FolderMode.TWO_WAY) == now) {
      return false;
    }
    writer.write(
        transaction -> transaction.setMeta(MODE, now.words().getBytes(StandardCharsets.UTF_8)));
    return before.orElse(FolderMode.TWO_WAY) == FolderMode.SEND_ONLY;
  }

  private static void evaluateAll(FolderStore store, FolderWriter writer, Planner planner) {
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
