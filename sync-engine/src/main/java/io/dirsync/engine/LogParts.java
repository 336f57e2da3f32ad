package io.dirsync.engine;

import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.Version;
import io.dirsync.protocol.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event as several that each fit in a message. A comparison can find more removed than one frame
 * of the protocol holds.
 */
final class LogParts {
  private final List<Event> parts = new ArrayList<>();
  private final List<LiveEntry> added = new ArrayList<>();
  private final Set<Dot> removed = new HashSet<>();
  private final Set<Dot> shelved = new HashSet<>();
  private final @Nullable Ending ending;
  private long bytes;

  private LogParts(@Nullable Ending ending) {
    this.ending = ending;
  }

  /**
   * Parts that taken one after the other are the event. What a version supersedes goes in the same
   * part as the version: between two parts the tree is one that somebody could have made.
   */
  static List<Event> of(Event event) {
    if (Limits.logBytes(event) <= Limits.BATCH_BYTES_TARGET) {
      return List.of(event);
    }
    return new LogParts(event.ending()).split(event);
  }

  private List<Event> split(Event event) {
    Set<Dot> left = new HashSet<>(event.removed());
    for (LiveEntry entry : event.added()) {
      added.add(entry);
      bytes += Limits.entryBytes(entry);
      if (entry instanceof Version version) {
        version.supersedes().forEach(dot -> takeAlong(dot, left));
        if (version.movedFrom() != null) {
          takeAlong(version.movedFrom(), left);
        }
      }
      endIfFull();
    }
    fill(left.iterator(), removed);
    fill(event.shelved().iterator(), shelved);
    end();
    return parts;
  }

  private void takeAlong(Dot dot, Set<Dot> left) {
    if (left.remove(dot)) {
      removed.add(dot);
      bytes += Limits.DOT_BYTES;
    }
  }

  private void fill(Iterator<Dot> dots, Set<Dot> into) {
    while (dots.hasNext()) {
      into.add(dots.next());
      bytes += Limits.DOT_BYTES;
      endIfFull();
    }
  }

  private void endIfFull() {
    if (bytes >= Limits.BATCH_BYTES_TARGET) {
      end();
    }
  }

  private void end() {
    if (bytes > 0) {
      parts.add(new Event(List.copyOf(added), Set.copyOf(removed), Set.copyOf(shelved), ending));
      added.clear();
      removed.clear();
      shelved.clear();
      bytes = 0;
    }
  }
}
