package io.dirsync.engine;

import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Keep;
import io.dirsync.engine.NodeControl.Settled;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** What an operator asks about the conflicts of all folders of a node. Safe for any thread. */
final class ConflictDesk {
  /** How long to wait until the disk shows what was decided. */
  private static final Duration SHOWN_LATEST = Duration.ofSeconds(10);

  private final Lane lane;

  ConflictDesk(Lane lane) {
    this.lane = lane;
  }

  static List<Conflict> list(List<Folder> folders) {
    List<Conflict> list = new ArrayList<>();
    folders.forEach(folder -> list.addAll(folder.conflicts().list()));
    return list;
  }

  CompletableFuture<List<Settled>> resolve(
      List<Folder> folders, Set<String> ids, Keep keep, boolean trial) {
    Map<Folder, List<RelativePath>> chosen = new LinkedHashMap<>();
    Set<String> left = new TreeSet<>(ids);
    for (Folder folder : folders) {
      for (Conflict conflict : folder.conflicts().list()) {
        if (ids.isEmpty() || ids.contains(conflict.id())) {
          left.remove(conflict.id());
          chosen.computeIfAbsent(folder, _ -> new ArrayList<>()).add(conflict.path());
        }
      }
    }
    if (!left.isEmpty()) {
      return refuse(
          "there is no conflict '"
              + left.iterator().next()
              + "' here; `dirsync conflicts` lists those there are");
    }
    if (keep instanceof Keep.Given
        && (chosen.size() != 1 || chosen.values().iterator().next().size() != 1)) {
      return refuse("a file can be kept for one conflict alone");
    }
    List<CompletableFuture<List<Settled>>> all = new ArrayList<>();
    for (Map.Entry<Folder, List<RelativePath>> each : chosen.entrySet()) {
      ConflictResolver resolver = each.getKey().resolver();
      if (trial) {
        try {
          all.add(CompletableFuture.completedFuture(resolver.plan(each.getValue(), keep)));
        } catch (IOException e) {
          return CompletableFuture.failedFuture(e);
        }
      } else {
        all.add(resolver.resolve(each.getValue(), keep));
      }
    }
    return inTime(all);
  }

  CompletableFuture<List<Settled>> undo(List<Folder> folders, Set<String> ids) {
    Map<Folder, List<RelativePath>> chosen = new LinkedHashMap<>();
    Set<String> left = new TreeSet<>(ids);
    for (Folder folder : folders) {
      List<RelativePath> paths = folder.conflicts().resolvedHere(ids);
      paths.forEach(path -> left.remove(folder.conflicts().id(path)));
      chosen.put(folder, paths);
    }
    if (!left.isEmpty()) {
      return refuse(
          "nothing is known here of a resolution of '"
              + left.iterator().next()
              + "': what was resolved on another node is undone there");
    }
    List<CompletableFuture<List<Settled>>> all = new ArrayList<>();
    chosen.forEach((folder, paths) -> all.add(folder.resolver().undo(paths)));
    return inTime(all);
  }

  private static CompletableFuture<List<Settled>> refuse(String reason) {
    return CompletableFuture.failedFuture(new IllegalArgumentException(reason));
  }

  private CompletableFuture<List<Settled>> inTime(List<CompletableFuture<List<Settled>>> parts) {
    CompletableFuture<List<Settled>> result =
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
            .thenApply(_ -> parts.stream().flatMap(part -> part.join().stream()).toList());
    lane.after(
        SHOWN_LATEST,
        () ->
            result.completeExceptionally(
                new IllegalStateException(
                    "the disk does not show it yet; it goes on, or `dirsync status` says why not")));
    return result;
  }
}
