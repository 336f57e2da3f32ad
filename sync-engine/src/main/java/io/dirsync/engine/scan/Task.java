package io.dirsync.engine.scan;

import io.dirsync.engine.scan.Observer.Patience;
import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One path that wants to be looked at, or is. Belongs to the scanner's lane. */
final class Task {
  final RelativePath path;
  final long number;
  final Optional<Walk> walk;
  Patience patience;
  boolean looking;
  boolean again;
  long since;
  long due;

  /** It waits until another task has ended, or is wanted for a reason of its own. */
  boolean held;

  /** Those that wait for this one. */
  final List<Task> followers = new ArrayList<>();

  Task(RelativePath path, long number, Optional<Walk> walk, Patience patience) {
    this.path = path;
    this.number = number;
    this.walk = walk;
    this.patience = patience;
  }
}
