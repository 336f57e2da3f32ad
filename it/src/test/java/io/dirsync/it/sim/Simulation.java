package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.engine.MaxDelete;
import io.dirsync.engine.Resume;
import io.dirsync.engine.TransferBounds;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.it.sim.Plan.Ingredient;
import io.dirsync.model.Content;
import io.dirsync.model.Version;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.delta.BlockSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One history: whole nodes, their network and their users under one seed. While it goes on anything
 * may fail; then everything is mended, and what holds in the end is checked.
 */
final class Simulation {
  private static final long SECOND = 1_000_000_000L;

  /** In this time, all mended, everything has arrived, however long the waits had grown. */
  private static final long SETTLE_NANOS = 400 * SECOND;

  /** Of that, the time in which nothing new may be heard any more. */
  private static final long REST_NANOS = 60 * SECOND;

  /** With two to four nodes; larger meshes have more to say to each other. */
  private static final int STEPS_MAX = 400_000;

  private static final int DECISIONS_MAX = 20;

  private static final Duration[] CLOCK_STEPS = {
    Duration.ofSeconds(3), Duration.ofMinutes(5), Duration.ofHours(5), Duration.ofDays(20)
  };

  /** A deletion of one file in a handful is too much. */
  private static final MaxDelete LOW = new MaxDelete(20, 0);

  /**
   * The users' contents are a few bytes long; none is found in memory, as larger ones are not.
   * Directories with a handful of files are large.
   */
  private static final TransferBounds TINY =
      new TransferBounds(0, 1, BlockSize.SMALLEST_BYTES, 1, Limits.FETCH_BYTES_MAX, 0, 4);

  /** So that a transfer can be cut in the middle of a content. */
  private static final TransferBounds PIECES =
      new TransferBounds(0, Long.MAX_VALUE, BlockSize.SMALLEST_BYTES, 1, 4, 0, 100);

  private static final TransferBounds WHOLE =
      new TransferBounds(
          Limits.INLINE_BYTES_MAX,
          Long.MAX_VALUE,
          BlockSize.MIN_BYTES,
          Long.MAX_VALUE,
          Limits.FETCH_BYTES_MAX,
          TransferBounds.USUAL.recentBytes(),
          TransferBounds.USUAL.treePathsMax());

  /** What comes after dirsync has looked whether all is as it was. */
  private static final Set<Operation> LAST_LOOKS =
      EnumSet.of(
          Operation.COPY,
          Operation.LINK,
          Operation.RENAME,
          Operation.EXCHANGE,
          Operation.RMDIR,
          Operation.SET_MODE,
          Operation.SET_MTIME);

  private final Plan plan;
  private final Trace trace;
  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final Network network;
  private final SimUsers users;
  private final List<SimNode> nodes = new ArrayList<>();

  /**
   * Contents of users whose machine lost its power later: it may have taken them off their path,
   * and who writes there next does so without having seen them. They may be in the trash.
   */
  private final Set<String> shaken = new HashSet<>();

  private final Set<SimNode> powerless = new HashSet<>();

  /** What power cuts have made of users' files: nodes pass it on like any other content. */
  private final Set<String> halves = new HashSet<>();

  /** What was on a disk and is not on the older copy that came in its place. */
  private final Map<SimNode, Set<String>> setBack = new HashMap<>();

  private int held;
  private int resumed;

  private final List<String> torn = new ArrayList<>();
  private final Map<SimNode, String> lookedAt = new HashMap<>();
  private boolean troubled = true;
  private boolean acting;
  private boolean rested;
  private int steps;

  /**
   * What came of it.
   *
   * @param faults what is wrong at the end; empty if nothing is
   * @param deltas how many were asked for
   * @param merged contents that policies have put together, of those that are still there
   * @param held how often an operator decided about deletions
   * @param continued transfers that went on where an earlier one was cut
   * @param resumed how often an operator let a folder go on whose root was set back
   */
  record Outcome(
      List<String> faults,
      long traceHash,
      int steps,
      long deltas,
      long merged,
      int held,
      long continued,
      int resumed,
      List<String> trace) {}

  private Simulation(Plan plan, boolean verbose) {
    this.plan = plan;
    trace = new Trace(verbose);
    scheduler = new Scheduler(plan.seed(), trace);
    random = new SplittableRandom(plan.seed() ^ 0x5851f42d4c957f2dL);
    network = new Network(scheduler, trace);
    if (plan.has(Ingredient.REPETITIONS)) {
      network.repeat(new SplittableRandom(plan.seed() ^ 0x2545f4914f6cdd1dL));
    }
    users = new SimUsers(random, trace, !plan.policies().isEmpty());
    for (int i = 0; i < plan.nodes(); i++) {
      long skew = random.nextInt(3) == 0 ? random.nextLong(-60 * SECOND, 60 * SECOND) : 0;
      nodes.add(
          new SimNode(
                  name(i),
                  scheduler,
                  network,
                  skew,
                  peers(i),
                  transferBounds(plan),
                  this::betweenTwoSteps,
                  plan.has(Ingredient.JIMFS) ? SimJimfsDisk::new : SimMemoryDisk::new)
              .settlingBy(plan.rules(i))
              .holdingDeletionsBeyond(plan.has(Ingredient.BRAKES) ? LOW : MaxDelete.ALL));
    }
  }

  private static TransferBounds transferBounds(Plan plan) {
    if (plan.has(Ingredient.PIECES)) {
      return PIECES;
    }
    return plan.has(Ingredient.DELTAS) ? TINY : WHOLE;
  }

  private static String name(int index) {
    return "n" + index;
  }

  private List<String> peers(int index) {
    return plan.peersOf(index).stream().map(Simulation::name).toList();
  }

  static Outcome run(Plan plan, boolean verbose) throws IOException {
    Simulation simulation = new Simulation(plan, verbose);
    try {
      return simulation.run();
    } finally {
      for (SimNode node : simulation.nodes) {
        node.discard();
      }
    }
  }

  private Outcome run() throws IOException {
    for (SimNode node : nodes) {
      if (random.nextInt(4) == 0) {
        users.act(node);
      }
      node.start();
    }
    for (int act = 0; act < plan.acts(); act++) {
      goOn();
      SimNode node = anyNode();
      if (mayUse(node)) {
        users.act(node);
      }
      trouble();
      if (plan.has(Ingredient.BRAKES) && random.nextInt(3) == 0) {
        operate(anyNode());
      }
    }
    troubled = false;
    network.healAll();
    for (SimNode node : nodes) {
      node.mount();
      if (!node.runs()) {
        node.start();
      }
    }
    if (plan.has(Ingredient.STALE_ROOTS)) {
      pass(SECOND);
    }
    for (int i = 0; i < DECISIONS_MAX && nodes.stream().anyMatch(SimNode::waitsForWord); i++) {
      pass(SECOND);
      nodes.forEach(this::resume);
    }
    settle();
    // What one lets go may be held on the next.
    for (int i = 0; i < DECISIONS_MAX && nodes.stream().anyMatch(SimNode::holds); i++) {
      nodes.forEach(this::operate);
      settle();
    }
    if (trace.verbose()) {
      nodes.forEach(
          node -> {
            trace.add("disk", node.name(), node.disk());
            trace.add("live", node.name(), node.liveVersions());
          });
    }
    return new Outcome(
        faults(),
        trace.hash(),
        steps,
        network.deltas(),
        merged(),
        held,
        network.continued(),
        resumed,
        trace.lines());
  }

  private long merged() {
    Set<String> contents = new HashSet<>();
    nodes.forEach(node -> contents.addAll(contents(node.disk().values())));
    return contents.stream().filter(users::isPutTogether).count();
  }

  /** The operator looks, and lets deletions go or puts the files back. */
  private void operate(SimNode node) {
    if (node.holds()) {
      boolean putBack = random.nextInt(3) == 0;
      trace.add("decide", node.name(), putBack);
      node.decide(putBack);
      held++;
    }
  }

  /** Whether there is something for users to work with. */
  private static boolean mayUse(SimNode node) {
    return node.isMounted() && !node.isSetBack();
  }

  private SimNode anyNode() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  /** Lets a random while pass: sometimes nothing, sometimes until all is quiet. */
  private void goOn() {
    int until = random.nextInt(4) == 0 ? 0 : random.nextInt(1 << (2 + random.nextInt(9)));
    for (int i = 0; i < until; i++) {
      if (!step() && !scheduler.advance(scheduler.now() + 2 * SECOND)) {
        return;
      }
    }
  }

  private boolean step() {
    steps++;
    try {
      return scheduler.step();
    } catch (SimNode.Ended e) {
      return true;
    }
  }

  private void trouble() throws IOException {
    if (plan.has(Ingredient.CUTS) && random.nextInt(3) == 0) {
      String one = anyNode().name();
      String other = anyNode().name();
      switch (random.nextInt(4)) {
        case 0 -> network.part(one, other);
        case 1 -> network.cut(one, other);
        default -> network.healAll();
      }
    }
    if (plan.has(Ingredient.CLOCK_STEPS) && random.nextInt(4) == 0) {
      setClock(anyNode());
    }
    if (plan.has(Ingredient.RESTORES) && random.nextInt(3) == 0) {
      SimNode node = anyNode();
      restore(node);
      if (!node.runs() && random.nextBoolean()) {
        node.start();
      }
    }
    if (plan.has(Ingredient.STALE_ROOTS) && random.nextInt(3) == 0) {
      setRootBack(anyNode());
    }
    if (plan.has(Ingredient.REPLACEMENTS) && random.nextInt(6) == 0) {
      replace(anyNode());
    }
    if ((plan.has(Ingredient.KILLS) || plan.has(Ingredient.POWER_CUTS)) && random.nextInt(4) == 0) {
      SimNode node = anyNode();
      if (!node.runs()) {
        node.start();
      } else if (!plan.has(Ingredient.POWER_CUTS)
          || (plan.has(Ingredient.KILLS) && random.nextBoolean())) {
        trace.add("kill", node.name());
        kill(node);
      } else {
        cutPower(node);
      }
    }
  }

  /** By seconds or by days, to either side. */
  private void setClock(SimNode node) {
    long most = CLOCK_STEPS[random.nextInt(CLOCK_STEPS.length)].toNanos();
    long by = random.nextLong(-most, most);
    trace.add("clock step", node.name(), by);
    node.stepClock(by);
  }

  /** What nobody else has got by then is lost with it. */
  private void replace(SimNode node) {
    trace.add("replaced", node.name());
    node.mount();
    Set<String> lost = contents(node.diskButAncestors().values());
    shakeOnTheWay(node);
    node.replace();
    for (SimNode other : nodes) {
      lost.removeAll(contents(other.treeAndConflicts().values()));
    }
    users.excuse(lost);
  }

  private void restore(SimNode node) {
    if (!node.isMounted()) {
      trace.add("mount", node.name());
      node.mount();
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> node.backUp();
      case 1 -> {
        // A backup is of another generation than what it replaces.
        pass(40 * SECOND);
        if (mayUse(node)) {
          users.act(node);
        }
        goOn();
        if (node.restoreDatabase()) {
          trace.add("database restored", node.name());
        }
      }
      case 2 -> {
        trace.add("database lost", node.name());
        node.loseDatabase();
      }
      default -> {
        if (node.unmount()) {
          trace.add("unmount", node.name());
        }
      }
    }
  }

  /** A copy of a root is made, or comes in its place; or an operator looks at one that did. */
  private void setRootBack(SimNode node) throws IOException {
    if (node.isSetBack()) {
      if (node.runs()) {
        resume(node);
      } else {
        node.start();
      }
      return;
    }
    if (random.nextInt(3) == 0) {
      node.mount();
      shakeOnTheWay(node);
      node.copyRoot();
      return;
    }
    // A copy is of another generation than what it replaces.
    pass(40 * SECOND);
    node.mount();
    Set<String> gone = contents(node.diskButAncestors().values());
    shakeOnTheWay(node);
    if (node.setRootBack()) {
      trace.add("root set back", node.name());
      gone.removeAll(contents(named(node).values()));
      setBack.computeIfAbsent(node, _ -> new HashSet<>()).addAll(gone);
      Set<String> lost = new HashSet<>(gone);
      for (SimNode other : nodes) {
        lost.removeAll(contents(other.treeAndConflicts().values()));
      }
      users.excuse(lost);
    }
  }

  /** The operator has a root that was set back brought up to date, or made the newest. */
  private void resume(SimNode node) {
    if (node.waitsForWord() && node.runs()) {
      boolean truth = random.nextBoolean();
      trace.add("resume", node.name(), truth);
      resumed++;
      if (truth) {
        users.excuse(setBack.getOrDefault(node, Set.of()));
      }
      node.resume(truth ? Resume.AS_TRUTH : Resume.AS_STALE);
    }
  }

  private void kill(SimNode node) {
    shakeOnTheWay(node);
    if (plan.has(Ingredient.MEDDLING)) {
      // What was saved just as dirsync was about to undo an exchange is recovered into the trash.
      shake(node.swapped());
    }
    node.kill();
  }

  /** What has just lost its name, and nobody knows it yet: who writes there has not seen it. */
  private void shakeOnTheWay(SimNode node) {
    if (!plan.policies().isEmpty()) {
      shake(node.swapped());
      shake(node.trash());
    }
  }

  private void shake(Map<String, String> files) {
    files.values().forEach(what -> shaken.addAll(SimUsers.lines(SimUsers.contentOf(what))));
  }

  /** What is on a disk, but for contents that have come in part, or have no name yet. */
  private static Map<String, String> named(SimNode node) {
    Map<String, String> found = node.diskButAncestors();
    found.keySet().removeIf(path -> path.startsWith(".dirsync/staging/"));
    return found;
  }

  private void cutPower(SimNode node) throws IOException {
    Map<String, String> before = node.tree();
    Set<String> lost = contents(node.diskButAncestors().values());
    trace.add("power cut", node.name());
    shakeOnTheWay(node);
    node.cutPower();
    lost.removeAll(contents(named(node).values()));
    powerless.add(node);
    shaken.addAll(users.writtenOn(node));
    if (!plan.policies().isEmpty()) {
      // Who edits a file writes all of its lines, and all of them may go.
      before.forEach(
          (path, what) -> {
            if (!what.equals(node.tree().get(path))) {
              shaken.addAll(SimUsers.lines(SimUsers.contentOf(what)));
            }
          });
    }
    // What another has got is not lost.
    for (SimNode other : nodes) {
      if (other != node) {
        lost.removeAll(contents(other.treeAndConflicts().values()));
      }
    }
    users.excuse(lost);
    node.tree().forEach((path, what) -> requireWhole(node, path, before.get(path), what));
    halves.addAll(contents(node.tree().values()));
  }

  /** A power cut may tear what a user wrote just now, never what dirsync has given its name. */
  private void requireWhole(SimNode node, String path, @Nullable String before, String after) {
    String content = SimUsers.contentOf(after);
    String was = before == null ? "" : SimUsers.contentOf(before);
    if (after.startsWith("file ")
        && users.hasWritten(was)
        && !isWhole(content)
        && !users.hasPut(node, path)) {
      torn.add(
          node.name() + ": " + path + " was '" + was + "' of a peer, and is '" + content + "'");
    }
  }

  /** A policy may have put together what users wrote, and halves of it. */
  private boolean isWhole(String content) {
    return halves.contains(content)
        || (!content.isEmpty()
            && SimUsers.lines(content).stream()
                .allMatch(line -> users.hasWritten(line) || halves.contains(line)));
  }

  /** The contents of files, and each line of them. */
  private static Set<String> contents(Collection<String> entries) {
    Set<String> contents = new HashSet<>();
    for (String entry : entries) {
      String content = SimUsers.contentOf(entry);
      contents.add(content);
      contents.addAll(SimUsers.lines(content));
    }
    return contents;
  }

  /** Users do not wait for dirsync to be done, and power goes when it goes. */
  private void betweenTwoSteps(SimNode node, Operation operation, byte[] path) {
    trace.add("step", node.name(), operation.name(), path);
    if (!troubled || acting) {
      return;
    }
    if (plan.has(Ingredient.MEDDLING) && mayUse(node)) {
      meddle(node, operation, new String(path, UTF_8));
    }
    if (plan.has(Ingredient.CLOCK_STEPS) && random.nextInt(400) == 0) {
      setClock(node);
    }
    if (mayUse(node) && random.nextInt(400) == 0) {
      acting = true;
      shakeOnTheWay(node);
      try {
        users.act(node);
      } finally {
        acting = false;
      }
    } else if (plan.has(Ingredient.KILLS)
        && random.nextInt(plan.has(Ingredient.MEDDLING) ? 300 : 2_000) == 0) {
      trace.add("kill in a step", node.name());
      kill(node);
      throw new SimNode.Ended();
    } else if (plan.has(Ingredient.POWER_CUTS)
        && random.nextInt(plan.has(Ingredient.MEDDLING) ? 150 : 2_000) == 0) {
      try {
        cutPower(node);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      throw new SimNode.Ended();
    }
  }

  /** Just before a name changes, somebody writes to the path that was looked at last. */
  private void meddle(SimNode node, Operation operation, String path) {
    if (!LAST_LOOKS.contains(operation)) {
      if (!path.isEmpty() && !path.startsWith(".dirsync")) {
        lookedAt.put(node, path);
      }
    } else if (lookedAt.containsKey(node) && random.nextInt(30) == 0) {
      acting = true;
      shakeOnTheWay(node);
      try {
        users.meddle(node, lookedAt.get(node));
      } finally {
        acting = false;
      }
    }
  }

  private long stepsMax() {
    return (long) STEPS_MAX * Math.max(1, plan.nodes() / 2);
  }

  private void settle() {
    pass(SETTLE_NANOS - REST_NANOS);
    List<Long> logged = nodes.stream().map(SimNode::logged).toList();
    pass(REST_NANOS);
    rested = nodes.stream().map(SimNode::logged).toList().equals(logged);
  }

  private void pass(long nanos) {
    long end = scheduler.now() + nanos;
    while (scheduler.now() < end) {
      if (steps > stepsMax()) {
        return;
      }
      if (!step() && !scheduler.advance(end)) {
        return;
      }
    }
  }

  // -- what must hold

  private List<String> faults() {
    List<String> faults = new ArrayList<>(torn);
    if (steps > stepsMax()) {
      faults.add("it does not come to rest");
    }
    if (!rested) {
      faults.add("all stand still, and yet something is written");
    }
    if (onlyUsersWrite()) {
      for (Version version : nodes.getFirst().liveVersions()) {
        String author = version.dot().replica().node();
        if (version.content() instanceof Content.File file
            && !users.hasHandled(author, file.hash())) {
          faults.add(author + " has taken for its users' what it did itself: " + version);
        }
      }
    }
    Map<String, String> first = nodes.getFirst().tree();
    Set<String> kept = new HashSet<>();
    Set<String> trashed = new HashSet<>();
    for (SimNode node : nodes) {
      if (!node.idle()) {
        faults.add(node.name() + " is not done: " + node.status());
      }
      differences(first, node.tree()).forEach(each -> faults.add(node.name() + ": " + each));
      // Nobody looks for a file in the trash that nobody threw away.
      kept.addAll(contents(node.treeAndConflicts().values()));
      trashed.addAll(contents(node.trash().values()));
    }
    if (plan.has(Ingredient.CLOCK_STEPS)) {
      // Only the clock tells what was written after the power was back, and it was set.
      powerless.forEach(node -> shaken.addAll(users.writtenOn(node)));
    }
    if (!plan.prefers()) {
      trashed.retainAll(shaken);
    }
    kept.addAll(trashed);
    for (String content : users.owed()) {
      if (!kept.contains(content)) {
        faults.add("'" + content + "' of " + users.writtenWhere(content) + " is nowhere any more");
      }
    }
    return faults;
  }

  /** Whether nothing gives a node reason to write what its users did not, or not just now. */
  private boolean onlyUsersWrite() {
    return plan.policies().isEmpty()
        && Collections.disjoint(
            plan.ingredients(),
            EnumSet.of(
                Ingredient.KILLS,
                Ingredient.POWER_CUTS,
                Ingredient.RESTORES,
                Ingredient.BRAKES,
                Ingredient.STALE_ROOTS));
  }

  private static List<String> differences(Map<String, String> one, Map<String, String> other) {
    Set<String> paths = new TreeSet<>(one.keySet());
    paths.addAll(other.keySet());
    List<String> differences = new ArrayList<>();
    for (String path : paths) {
      String here = one.getOrDefault(path, "nothing");
      String there = other.getOrDefault(path, "nothing");
      if (!here.equals(there)) {
        differences.add(path + " is " + there + ", in n0 " + here);
      }
    }
    return differences;
  }
}
