package io.dirsync.model;

import java.util.List;
import java.util.Set;

/**
 * One atomic change of a node's state, as it stands in the change log and crosses the wire.
 *
 * @param added versions and attribute changes that came alive
 * @param removed dots of which no one may hold a live entry any more
 * @param shelved dots of versions that leave their path for the conflict area for good
 */
public record Event(List<LiveEntry> added, Set<Dot> removed, Set<Dot> shelved) {
  public Event {
    added = List.copyOf(added);
    removed = Set.copyOf(removed);
    shelved = Set.copyOf(shelved);
  }

  public boolean isEmpty() {
    return added.isEmpty() && removed.isEmpty() && shelved.isEmpty();
  }
}
