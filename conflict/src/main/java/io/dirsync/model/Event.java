package io.dirsync.model;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One atomic change of a node's state, as it stands in the change log and crosses the wire.
 *
 * @param added versions and attribute changes that came alive
 * @param removed dots of which no one may hold a live entry any more
 * @param shelved dots of versions that leave their path for the conflict area for good
 * @param ending who ended a conflict by it, for people; null if it is anything else
 */
public record Event(
    List<LiveEntry> added, Set<Dot> removed, Set<Dot> shelved, @Nullable Ending ending) {
  public Event {
    added = List.copyOf(added);
    removed = Set.copyOf(removed);
    shelved = Set.copyOf(shelved);
  }

  /** An ordinary change. */
  public Event(List<LiveEntry> added, Set<Dot> removed, Set<Dot> shelved) {
    this(added, removed, shelved, null);
  }

  /** The same, with who ended a conflict by it. */
  public Event by(@Nullable Ending who) {
    return new Event(added, removed, shelved, who);
  }

  public boolean isEmpty() {
    return added.isEmpty() && removed.isEmpty() && shelved.isEmpty();
  }
}
