package io.dirsync.engine.apply;

import io.dirsync.conflict.LiveView;
import io.dirsync.conflict.Renderer;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What would be done to bring everything up to date, for people. */
public final class PlannedChanges {
  private final FolderStore store;
  private final Planner planner;
  private final List<RelativePath> paths = new ArrayList<>();
  private final TreeMap<RelativePath, Content> going = new TreeMap<>();
  private final TreeMap<RelativePath, Content> coming = new TreeMap<>();
  private final Map<RelativePath, Shown> wantedAt = new HashMap<>();
  private final Map<Dot, RelativePath> shownAt = new HashMap<>();

  public PlannedChanges(FolderStore store, Planner planner) {
    this.store = store;
    this.planner = planner;
  }

  /** A line for each path, or for what moves. */
  public List<String> lines() {
    LiveView live = store.live();
    store.eachDirty(page -> page.forEach(path -> sort(live, path)));
    PlannedMoves moves = new PlannedMoves(going, coming, origins(live));
    List<String> lines = new ArrayList<>();
    for (RelativePath path : paths) {
      Optional<RelativePath> from = moves.to(path);
      if (from.isPresent()) {
        lines.add("move " + from.get() + " -> " + path);
      } else if (!moves.isPart(path)) {
        lines.add(planner.describe(path));
      }
    }
    return lines;
  }

  private void sort(LiveView live, RelativePath path) {
    paths.add(path);
    PathRecord record = store.record(path);
    Shown shown = record.shown();
    Shown wanted = Renderer.at(live, path).shown();
    Job.Action action = Job.Action.of(record, wanted);
    if (action == Job.Action.REMOVE && shown != null) {
      going.put(path, shown.content());
      shown.dots().forEach(dot -> shownAt.put(dot, path));
    } else if (shown == null && wanted != null) {
      coming.put(path, wanted.content());
      wantedAt.put(path, wanted);
    }
  }

  /** Where what comes is known to have been. */
  private Map<RelativePath, RelativePath> origins(LiveView live) {
    Map<RelativePath, RelativePath> origins = new TreeMap<>();
    wantedAt.forEach(
        (path, wanted) -> {
          for (Dot dot : wanted.dots()) {
            if (live.get(dot).orElse(null) instanceof Version version
                && version.movedFrom() != null
                && shownAt.containsKey(version.movedFrom())) {
              origins.put(path, shownAt.get(version.movedFrom()));
            }
          }
        });
    return origins;
  }
}
