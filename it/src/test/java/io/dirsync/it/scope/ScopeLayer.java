package io.dirsync.it.scope;

import static io.dirsync.it.scope.Act.CHMOD_CHILD;
import static io.dirsync.it.scope.Act.MOVE_CHILD_OUT;
import static io.dirsync.it.scope.Act.REMOVE_CHILD;
import static io.dirsync.it.scope.Act.REMOVE_PARENT;
import static io.dirsync.it.scope.Act.WRITE_CHILD;
import static io.dirsync.it.scope.Act.WRITE_PARENT;

import io.dirsync.it.planted.Layer;
import java.util.EnumSet;

/** Scopes so small that they take a moment: for bugs that are planted. */
public final class ScopeLayer implements Layer {
  @Override
  public Verdict run() {
    try {
      int states = 0;
      states += Exploration.of(2, 2, 1, EnumSet.of(WRITE_CHILD, REMOVE_CHILD)).states();
      states += Exploration.of(2, 3, 1, EnumSet.of(WRITE_PARENT)).states();
      states += Exploration.of(2, 2, 0, EnumSet.of(WRITE_PARENT, WRITE_CHILD)).states();
      states +=
          Exploration.of(2, 3, 0, EnumSet.of(WRITE_CHILD, REMOVE_PARENT, CHMOD_CHILD)).states();
      states += Exploration.of(2, 2, 0, EnumSet.of(WRITE_CHILD, MOVE_CHILD_OUT)).states();
      return new Verdict(states, "");
    } catch (Exploration.Failure e) {
      return new Verdict(e.states(), e.toString());
    }
  }
}
