package io.dirsync.it.scope;

import static io.dirsync.it.scope.Step.require;

import io.dirsync.conflict.LiveSet;
import io.dirsync.conflict.Rendering;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Visits every state that some interleaving leads to, each once, and checks each in which nothing
 * is left to be done. Where there are too many, of states that cannot lead to different ends only
 * one is visited:
 *
 * <ul>
 *   <li>Only as many nodes act as there are acts, and these are the first. Nodes differ by their
 *       names alone; names are compared only where something was written under them; so the nodes
 *       of any history can be renamed, those that act before the others and in the same order, and
 *       what happens stays the same.
 *   <li>A node whose user does nothing any more shows all that it knows at once. What a disk shows
 *       is read by its own user's acts and by nothing else, and the last of its steps leads to the
 *       same tree whatever happened between them.
 *   <li>Of a log, what all others have read is forgotten, and cursors are counted from there:
 *       nobody reads it again. That holds as long as no node drops its log by itself.
 * </ul>
 */
final class Exploration {
  private static final int BITS = 20;
  private static final int NODES_MAX = 3;

  private final int count;
  private final int acts;
  private final Set<Act> kinds;

  /**
   * How many nodes have users who act; fewer than there are nodes only in a reduced exploration.
   */
  private final int actors;

  private final boolean reduced;
  private final List<ScopeNode> nodes = new ArrayList<>();
  private final Map<ScopeNode, Integer> numbers = new HashMap<>();
  private final Map<Integer, Alone> alone = new HashMap<>();
  private final Map<Long, Integer> reads = new HashMap<>();

  /** Each state seen, with the one that it was reached from. */
  private final Map<Long, Long> seen = new HashMap<>();

  private final Map<Integer, Integer> idle = new HashMap<>();
  private final Map<Forgotten, Integer> without = new HashMap<>();
  private final Deque<Long> pending = new ArrayDeque<>();
  private final Set<End> ends = new HashSet<>();
  private long transitions;
  private int settled;

  /**
   * How much there was to see.
   *
   * @param states different ones of all nodes together
   * @param transitions from one to another
   * @param settled states in which nothing was left to be done
   * @param nodeStates different ones of single nodes
   * @param ends what all know in the end, and what their users had done
   */
  record Count(int states, long transitions, int settled, int nodeStates, Set<End> ends) {
    @Override
    public String toString() {
      return "%d states, %d transitions, %d of %d settled states differ, %d states of single nodes"
          .formatted(states, transitions, ends.size(), settled, nodeStates);
    }
  }

  /** What came of a history, however it came to that. */
  record End(List<LiveEntry> live, VersionVector vector, List<ScopeNode.Ledger> ledgers) {}

  /** Log entries of a node that another one, or itself, need not remember. */
  private record Forgotten(int node, int source, int entries) {}

  /**
   * What a node can come to without the others.
   *
   * @param shown by a step of its disk; itself if all is shown
   */
  private record Alone(int shown, List<Integer> acts, List<Integer> compactions) {}

  /** A state in which something does not hold. */
  static final class Failure extends AssertionError {
    private static final long serialVersionUID = 1;
    private final int states;

    private Failure(AssertionError what, String history, int states) {
      super(what.getMessage() + "\n" + history, what);
      this.states = states;
    }

    /** How many were seen before. */
    int states() {
      return states;
    }
  }

  private Exploration(int count, int acts, Set<Act> kinds, boolean reduced) {
    if (count > NODES_MAX) {
      throw new IllegalArgumentException("at most " + NODES_MAX + " nodes, not " + count);
    }
    this.count = count;
    this.acts = acts;
    this.kinds = kinds;
    this.reduced = reduced;
    this.actors = reduced ? Math.min(acts, count) : count;
  }

  /**
   * @param acts that all users together may do
   * @param compactions how often each node may drop its log
   * @param kinds of acts
   */
  static Count of(int nodes, int acts, int compactions, Set<Act> kinds) {
    return new Exploration(nodes, acts, kinds, false).run(compactions);
  }

  /** Without states that lead to the same ends as others. */
  static Count reduced(int nodes, int acts, Set<Act> kinds) {
    return new Exploration(nodes, acts, kinds, true).run(0);
  }

  private Count run(int compactions) {
    int[] state = new int[count];
    for (int i = 0; i < count; i++) {
      state[i] = number(ScopeNode.fresh(i, count, budget(i), compactions));
    }
    visit(pack(state), -1);
    while (!pending.isEmpty()) {
      long at = pending.pop();
      try {
        expand(at);
      } catch (AssertionError e) {
        throw new Failure(e, history(at), seen.size());
      }
    }
    return new Count(seen.size(), transitions, settled, nodes.size(), ends);
  }

  private int budget(int index) {
    return index < actors ? acts : 0;
  }

  /** How many acts are left for all users together. */
  private int left(int[] state) {
    int left = acts;
    for (int i = 0; i < count; i++) {
      left -= budget(i) - nodes.get(state[i]).acts();
    }
    return left;
  }

  private void visit(long state, long from) {
    if (seen.putIfAbsent(state, from) == null) {
      pending.push(state);
    }
  }

  private void expand(long at) {
    int[] state = unpack(at);
    boolean last = true;
    int left = left(state);
    for (int i = 0; i < count; i++) {
      int own = state[i];
      Alone next = alone.computeIfAbsent(own, this::alone);
      last &= next.shown() == own;
      go(at, state, i, next.shown());
      for (int compacted : next.compactions()) {
        go(at, state, i, compacted);
      }
      if (left > 0) {
        for (int acted : next.acts()) {
          go(at, state, i, acted);
        }
      }
      for (int other : state.clone()) {
        if (other != own) {
          int read = reads.computeIfAbsent((long) own << BITS | other, this::read);
          last &= read == own;
          go(at, state, i, read);
        }
      }
    }
    if (last) {
      settled++;
      checkSettled(state);
    }
  }

  private void go(long at, int[] state, int index, int next) {
    int own = state[index];
    if (next != own) {
      transitions++;
      state[index] = next;
      visit(pack(reduced ? representative(state) : state), at);
      state[index] = own;
    }
  }

  // -- fewer states

  /** The one state that is visited of all that lead to the same ends. */
  private int[] representative(int[] state) {
    int[] chosen = state.clone();
    boolean over = left(state) <= 0;
    for (int i = 0; i < count; i++) {
      if (over || i >= actors) {
        chosen[i] = idle.computeIfAbsent(chosen[i], this::idle);
      }
    }
    for (int i = 0; i < count; i++) {
      int read = readByAllOthers(chosen, i);
      for (int j = 0; read > 0 && j < count; j++) {
        chosen[j] = without.computeIfAbsent(new Forgotten(chosen[j], i, read), this::without);
      }
    }
    return chosen;
  }

  /** The node as its user, who does nothing more, will find it. */
  private int idle(int number) {
    Step step = new Step(nodes.get(number));
    boolean changed;
    do {
      changed = step.show();
    } while (changed);
    return number(step.end(0, 0));
  }

  private int readByAllOthers(int[] state, int source) {
    int read = Integer.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      if (i != source) {
        read = Math.min(read, nodes.get(state[i]).cursors().get(source));
      }
    }
    return read;
  }

  private int without(Forgotten forgotten) {
    return number(nodes.get(forgotten.node()).without(forgotten.source(), forgotten.entries()));
  }

  // -- single nodes

  private int number(ScopeNode node) {
    Integer known = numbers.get(node);
    if (known != null) {
      return known;
    }
    int number = nodes.size();
    require(number < 1 << BITS, "more states of single nodes than were provided for");
    nodes.add(node);
    numbers.put(node, number);
    checkOrderFree(node);
    return number;
  }

  private Alone alone(int number) {
    ScopeNode node = nodes.get(number);
    Step step = new Step(node);
    step.show();
    int shown = number(step.end());
    List<Integer> acted = new ArrayList<>();
    for (Act act : kinds) {
      act.on(node).ifPresent(then -> acted.add(number(then)));
    }
    List<Integer> compacted = new ArrayList<>();
    if (node.compactions() > 0 && !node.log().isEmpty()) {
      Step compaction = new Step(node);
      compaction.compact();
      compacted.add(number(compaction.end(node.acts(), node.compactions() - 1)));
    }
    return new Alone(shown, acted, compacted);
  }

  private int read(long key) {
    Step step = new Step(nodes.get((int) (key >> BITS)));
    step.read(nodes.get((int) (key & ((1 << BITS) - 1))));
    return number(step.end());
  }

  /** The tree is one of the live set, whatever the order in which that came together. */
  private static void checkOrderFree(ScopeNode node) {
    LiveSet backwards = new LiveSet();
    node.live().reversed().forEach(backwards::put);
    require(backwards.tree().equals(node.state().tree()), "the order of coming matters:", node);
  }

  // -- all together

  private static long pack(int[] state) {
    long packed = 0;
    for (int each : state) {
      packed = packed << BITS | each;
    }
    return packed;
  }

  private int[] unpack(long packed) {
    int[] state = new int[count];
    for (int i = count - 1; i >= 0; i--) {
      state[i] = (int) (packed & ((1 << BITS) - 1));
      packed >>= BITS;
    }
    return state;
  }

  private void checkSettled(int[] state) {
    ScopeNode first = nodes.get(state[0]);
    Set<Content> written = new HashSet<>();
    Set<Content> buried = new HashSet<>();
    Set<Content> moved = new HashSet<>();
    Set<Dot> replaced = new HashSet<>();
    Set<Dot> aside = new HashSet<>();
    List<ScopeNode.Ledger> ledgers = new ArrayList<>();
    for (int number : state) {
      ScopeNode node = nodes.get(number);
      ledgers.add(node.ledger());
      require(node.live().equals(first.live()), "live sets differ");
      require(node.vector().equals(first.vector()), "contexts differ");
      require(node.disk().equals(first.disk()), "trees differ");
      written.addAll(node.ledger().written());
      buried.addAll(node.ledger().buried());
      moved.addAll(node.ledger().moved());
      replaced.addAll(node.ledger().replaced());
      aside.addAll(node.ledger().aside());
    }
    ends.add(new End(first.live(), first.vector(), ledgers));
    checkTree(first.disk());
    for (LiveEntry entry : first.live()) {
      require(!replaced.contains(entry.dot()), "risen:", entry);
      switch (entry) {
        case AttributeChange change ->
            require(first.shown(change.path()).isPresent(), "attributes of nothing:", change);
        case Version version ->
            require(
                version.shelved() || !aside.contains(version.dot()),
                "put aside and not shelved:",
                version);
      }
    }
    Set<Content> kept = new HashSet<>();
    first
        .disk()
        .forEach(
            (_, there) -> {
              if (there.shown() != null) {
                kept.add(there.shown().content());
              }
              there.copies().forEach(copy -> kept.add(copy.content()));
            });
    for (Content content : written) {
      require(kept.contains(content) || buried.contains(content), "lost:", content);
    }
    for (Content content : buried) {
      require(!kept.contains(content) || moved.contains(content), "risen:", content);
    }
  }

  private static void checkTree(SortedMap<RelativePath, Rendering> tree) {
    for (var entry : tree.entrySet()) {
      Optional<RelativePath> above = entry.getKey().parent();
      if (entry.getValue().shown() != null && !above.orElseThrow().isRoot()) {
        Rendering parent = tree.get(above.get());
        require(
            parent != null && parent.shown() != null && parent.shown().content().isDirectory(),
            "stands in no directory:",
            entry.getKey());
      }
    }
  }

  // -- for people

  /** The way to a state, with the node that changed in each step. */
  private String history(long to) {
    Deque<String> lines = new ArrayDeque<>();
    long at = to;
    long from;
    while ((from = seen.getOrDefault(at, -1L)) >= 0) {
      int[] before = unpack(from);
      int[] after = unpack(at);
      for (int i = 0; i < count; i++) {
        if (before[i] != after[i]) {
          lines.push(nodes.get(after[i]).toString());
        }
      }
      at = from;
    }
    return String.join("\n", lines);
  }
}
