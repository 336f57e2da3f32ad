package io.dirsync.engine;

import io.dirsync.conflict.Fate;
import io.dirsync.conflict.Renderer;
import io.dirsync.engine.NodeControl.Change;
import io.dirsync.engine.NodeControl.Explained;
import io.dirsync.engine.NodeControl.History;
import io.dirsync.engine.NodeControl.What;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Settled;
import io.dirsync.model.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What one folder knows of one path: why it shows what it shows, and what was done to it. */
final class PathHistory {
  /** Writes whose path is remembered while the log is read, so that a removal can be told. */
  private static final int WRITES_MAX = 100_000;

  private static final int LOCATIONS_MAX = 16;

  /** What a name in the trash has behind the file's: of a copy its dot, then the time. */
  private static final Pattern TRASHED =
      Pattern.compile("(@[^~]*)?~[0-9]{6}\\.[0-9a-f]+(-[0-9]+)?");

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final Planner planner;
  private final Function<RelativePath, Optional<String>> left;

  /**
   * @param left why a policy has left the copies of a path; empty if none has
   */
  PathHistory(
      FolderSettings settings,
      Volume volume,
      FolderStore store,
      Planner planner,
      Function<RelativePath, Optional<String>> left) {
    this.left = left;
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.planner = planner;
  }

  /** Safe for any thread. */
  Explained why(RelativePath path) {
    PathRecord record = store.record(path);
    LostVersions lost =
        new LostVersions(path, LogMoves.of(store), content -> whereNow(path, content));
    lost.read(store);
    List<NodeControl.Reasoned> versions = new ArrayList<>();
    for (Fate fate : Renderer.explain(store.live(), path)) {
      versions.add(
          new NodeControl.Reasoned(
              fate,
              file(fate, record),
              lost.origin(fate.version().movedFrom()).orElse(null),
              lost.keptBy(fate.version().dot())));
    }
    List<AttributeChange> changes = new ArrayList<>();
    for (LiveEntry entry : store.live().at(path)) {
      if (entry instanceof AttributeChange change) {
        changes.add(change);
      }
    }
    changes.sort(Comparator.comparing(AttributeChange::dot));
    var shown = Renderer.at(store.live(), path).shown();
    Content wanted = shown == null ? null : shown.content();
    Content standing = record.shown() == null ? null : record.shown().content();
    String pending = planner.problems().get(path);
    if (pending == null && !java.util.Objects.equals(wanted, standing) && !record.isLeftover()) {
      pending =
          settings.mode() == FolderMode.SEND_ONLY
              ? "this node only sends the folder: what peers write is not put here"
              : "it is on its way to the disk";
    }
    return new Explained(
        settings.name(),
        settings.root(),
        path,
        shown,
        versions,
        changes,
        lost.list(),
        lost.more(),
        inTrash(path),
        leftBy(path),
        pending);
  }

  private @Nullable String leftBy(RelativePath path) {
    return left.apply(path)
        .map(
            why ->
                "the policy '" + settings.conflicts().of(path) + "' leaves that to people: " + why)
        .orElse(null);
  }

  /** Where bytes that went from a path lie now: in its trash, or wherever else they are. */
  private Optional<NodeControl.Place> whereNow(RelativePath path, Content content) {
    if (!(content instanceof Content.File file)) {
      return Optional.empty();
    }
    NodeControl.Place best = null;
    for (RelativePath each : store.locations(file.hash(), LOCATIONS_MAX)) {
      boolean own = each.isBelow(Layout.TRASH) && isTrashOf(each, path);
      if ((best == null || (own && best.elsewhere())) && exists(each)) {
        best = new NodeControl.Place(each, !own);
      }
    }
    return Optional.ofNullable(best);
  }

  /** By its name: that of the file, or of a conflict copy of it, and when it came there. */
  private static boolean isTrashOf(RelativePath place, RelativePath path) {
    String name = new String(path.name(), StandardCharsets.ISO_8859_1);
    String trashed = new String(place.name(), StandardCharsets.ISO_8859_1);
    return trashed.startsWith(name) && TRASHED.matcher(trashed.substring(name.length())).matches();
  }

  /** The newest files in the trash that stood at a path, whether or not they were ever sent. */
  private List<RelativePath> inTrash(RelativePath path) {
    TreeSet<RelativePath> found = new TreeSet<>(Comparator.reverseOrder());
    list(
        Layout.TRASH,
        day -> {
          RelativePath above =
              path.parent().orElse(RelativePath.ROOT).moved(RelativePath.ROOT, day);
          list(
              above,
              place -> {
                if (isTrashOf(place, path)) {
                  found.add(place);
                  if (found.size() > LostVersions.MOST) {
                    found.removeLast();
                  }
                }
              });
        });
    return List.copyOf(found);
  }

  private void list(RelativePath directory, Consumer<RelativePath> each) {
    List<RelativePath> names = new ArrayList<>();
    try {
      volume.list(directory.bytes(), entry -> names.add(directory.child(entry.name())));
    } catch (IOException e) {
      // It is not there, or is a file: nothing is in it.
      return;
    }
    names.forEach(each);
  }

  private boolean exists(RelativePath place) {
    try {
      return volume.stat(place.bytes()).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** Where the version's bytes lie; null if on no path of their own. */
  private @Nullable RelativePath file(Fate fate, PathRecord record) {
    return switch (fate.reason()) {
      case SHOWN, SHOWN_WHERE_MOVED -> fate.at();
      case EDITED_SINCE -> null;
      case OLDER, UNDER_A_DIRECTORY, WRITTEN_OVER, FOLLOWED_A_MOVE -> {
        PathRecord of =
            fate.version().path().equals(record.path())
                ? record
                : store.record(fate.version().path());
        for (PathRecord.Copy copy : of.copies()) {
          if (copy.dot().equals(fate.version().dot())) {
            yield copy.file();
          }
        }
        yield fate.reason() == Fate.Reason.FOLLOWED_A_MOVE ? fate.at() : null;
      }
    };
  }

  /**
   * Safe for any thread.
   *
   * @param path the root for the whole folder; of a directory also what is below it
   * @param most how many changes at most, the last ones
   */
  History log(RelativePath path, long sinceMillis, int most) {
    Reader reader = new Reader(path, sinceMillis, most, LogMoves.of(store));
    store.readLog(
        0,
        record -> {
          reader.read(record);
          return true;
        });
    return new History(settings.name(), path, reader.begins, List.copyOf(reader.changes));
  }

  private static final class Reader {
    private final RelativePath path;
    private final long sinceMillis;
    private final int most;
    private final LogMoves moves;
    final ArrayDeque<Change> changes = new ArrayDeque<>();
    long begins;

    /** The versions at a path that were written in the part that was read, and are not gone. */
    private final Map<RelativePath, Set<Dot>> standing = new HashMap<>();

    private final Map<Dot, RelativePath> written =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Dot, RelativePath> eldest) {
            boolean over = size() > WRITES_MAX;
            if (over) {
              standing(eldest.getValue()).remove(eldest.getKey());
            }
            return over;
          }
        };

    Reader(RelativePath path, long sinceMillis, int most, LogMoves moves) {
      this.moves = moves;
      this.path = path;
      this.sinceMillis = sinceMillis;
      this.most = most;
    }

    private boolean wanted(RelativePath of) {
      return path.isRoot() || of.equals(path) || of.isBelow(path);
    }

    void read(LogRecord record) {
      begins = begins == 0 ? record.timeMillis() : begins;
      Set<Dot> told = new HashSet<>();
      for (LiveEntry entry : record.event().added()) {
        String author = entry.dot().replica().node();
        switch (entry) {
          case AttributeChange change ->
              add(record, author, What.ATTRIBUTES, change.path(), null, null, null);
          case Version version -> {
            told.addAll(version.supersedes());
            if (version.movedFrom() == null) {
              RelativePath followed = moves.carried(version).orElse(null);
              add(
                  record,
                  author,
                  What.WROTE,
                  version.path(),
                  version.content(),
                  followed,
                  ending(record, version));
            } else {
              told.add(version.movedFrom());
              moved(record, version);
            }
          }
        }
      }
      tellRemoved(record, told);
      for (Dot dot : record.event().shelved()) {
        RelativePath of = written.get(dot);
        if (of != null) {
          add(record, dot.replica().node(), What.SHELVED, of, null, null, null);
        }
      }
      for (LiveEntry entry : record.event().added()) {
        if (entry instanceof Version version && (wanted(version.path()) || isCarried(version))) {
          written.put(version.dot(), version.path());
          if (!version.shelved()) {
            standing(version.path()).add(version.dot());
          }
        }
      }
    }

    /** Who ended a conflict by a write; known of what a policy wrote even if it came otherwise. */
    private static @Nullable Ending ending(LogRecord record, Version version) {
      Settled settled = version.settled();
      return record.event().ending() != null || settled == null
          ? record.event().ending()
          : new Ending(
              Ending.By.POLICY,
              version.dot().replica().node(),
              settled.by().name().toLowerCase(Locale.ROOT),
              "");
    }

    /** A move is a change of both paths; of one that is looked at, if the other is not. */
    private void moved(LogRecord record, Version version) {
      String author = version.dot().replica().node();
      RelativePath from = moves.origin(version.movedFrom()).orElse(null);
      add(record, author, What.MOVED_HERE, version.path(), version.content(), from, null);
      if (from != null) {
        add(record, author, What.MOVED_AWAY, from, null, version.path(), null);
      }
    }

    private boolean isCarried(Version version) {
      return moves.carried(version).filter(this::wanted).isPresent();
    }

    /** Tells what went without something else in its place. */
    private void tellRemoved(LogRecord record, Set<Dot> told) {
      Set<RelativePath> gone = new LinkedHashSet<>();
      for (Dot dot : record.event().shelved()) {
        RelativePath of = written.get(dot);
        if (of != null) {
          standing(of).remove(dot);
        }
      }
      for (Dot dot : record.event().removed()) {
        RelativePath of = written.remove(dot);
        if (of != null) {
          standing(of).remove(dot);
          if (!told.contains(dot)) {
            gone.add(of);
          }
        }
      }
      for (RelativePath of : gone) {
        boolean stands = !standing(of).isEmpty() || isWrittenTo(of, record.event());
        What what = stands ? What.DROPPED : What.REMOVED;
        Ending ending = record.event().ending();
        add(record, ending == null ? null : ending.node(), what, of, null, null, ending);
      }
    }

    private static boolean isWrittenTo(RelativePath path, Event event) {
      return event.added().stream()
          .anyMatch(entry -> entry instanceof Version version && version.path().equals(path));
    }

    private Set<Dot> standing(RelativePath path) {
      return standing.computeIfAbsent(path, _ -> new HashSet<>());
    }

    private void add(
        LogRecord record,
        @Nullable String author,
        What what,
        RelativePath of,
        @Nullable Content content,
        @Nullable RelativePath other,
        @Nullable Ending ending) {
      boolean followedHere = what == What.WROTE && other != null && wanted(other);
      if ((wanted(of) || followedHere) && record.timeMillis() >= sinceMillis) {
        String from = record.source() == null ? null : record.source().node();
        changes.add(
            new Change(record.timeMillis(), author, from, what, of, content, other, ending));
        if (changes.size() > most) {
          changes.remove();
        }
      }
    }
  }
}
