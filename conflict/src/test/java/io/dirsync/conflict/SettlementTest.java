package io.dirsync.conflict;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Settled;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Nodes that settle by themselves, at any time and with any policies, come to one tree. */
final class SettlementTest {
  private static final List<MergePolicy> POLICIES =
      List.of(
          new MergePolicy.Newest(),
          new MergePolicy.Union(),
          new MergePolicy.Text(),
          new MergePolicy.Prefer("n1"),
          new MergePolicy.Manual());

  @Test
  void nodesThatSettleAtAnyTimeEndWithOneTreeAndNothingLeftToDo() {
    int written = 0;
    for (int seed = 0; seed < 1_500; seed++) {
      Random random = new Random(seed);
      boolean alike = random.nextInt(3) > 0;
      MergePolicy common = POLICIES.get(random.nextInt(POLICIES.size()));
      List<Replica> nodes = new ArrayList<>();
      List<MergePolicy> policies = new ArrayList<>();
      List<User> users = new ArrayList<>();
      int count = 2 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        nodes.add(new Replica("n" + i));
        policies.add(alike ? common : POLICIES.get(random.nextInt(POLICIES.size())));
        users.add(new User(nodes.get(i), random.nextInt(50)));
      }
      for (int act = 4 + random.nextInt(20); act > 0; act--) {
        int at = random.nextInt(count);
        Replica node = nodes.get(at);
        switch (random.nextInt(4)) {
          case 0, 1 -> users.get(at).act(edit(node, random));
          case 2 -> node.read(nodes.get(random.nextInt(count)), 1 + random.nextInt(4));
          default -> node.settle(policies.get(at));
        }
      }
      comeToRest(nodes, policies, seed);
      for (Replica node : nodes) {
        assertThat(node.state.tree()).as("seed %s", seed).isEqualTo(nodes.getFirst().state.tree());
        for (LiveEntry entry : node.state.entries().values()) {
          if (entry instanceof Version version && version.settled() != null) {
            written++;
            assertThat(version.settled().round()).isBetween(1, Settlement.ROUNDS_MAX);
          }
        }
      }
    }
    assertThat(written).as("versions that policies wrote").isGreaterThan(500);
  }

  /** All hear of all, and settle in between, until nobody has anything to do. */
  private static void comeToRest(List<Replica> nodes, List<MergePolicy> policies, int seed) {
    for (int round = 0; round < 100; round++) {
      boolean settled = false;
      for (int i = 0; i < nodes.size(); i++) {
        settled |= nodes.get(i).settle(policies.get(i));
      }
      boolean told = false;
      for (Replica node : nodes) {
        for (Replica other : nodes) {
          told |= node != other && node.cursors.getOrDefault(other, 0) < other.log.size();
          if (node != other) {
            node.read(other, Integer.MAX_VALUE);
          }
        }
        node.show(Integer.MAX_VALUE);
      }
      if (!settled && !told) {
        return;
      }
    }
    throw new AssertionError("seed " + seed + ": they settle for ever: " + policies);
  }

  private static String edit(Replica node, Random random) {
    RelativePath path = RelativePath.of(random.nextBoolean() ? "f" : "g");
    String now = node.shown(path).map(shown -> User.letter(shown.content())).orElse("");
    if (now.isEmpty() || random.nextInt(8) == 0) {
      return "write " + path + " abcdefgh";
    }
    if (random.nextInt(12) == 0) {
      return "rm " + path;
    }
    if (random.nextInt(12) == 0 && node.shown(RelativePath.of("h")).isEmpty()) {
      return "mv " + path + " h";
    }
    StringBuilder edited = new StringBuilder(now);
    char letter = (char) ('A' + random.nextInt(26));
    int at = random.nextInt(now.length());
    switch (random.nextInt(3)) {
      case 0 -> edited.setCharAt(at, letter);
      case 1 -> edited.insert(at, letter);
      default -> edited.append(letter);
    }
    return "write " + path + " " + edited;
  }

  @Test
  void aUnionHasEveryLineOfEverySideWhoeverSettlesFirst() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      MergePolicy union = new MergePolicy.Union();
      List<Replica> nodes = new ArrayList<>();
      Set<Integer> letters = new TreeSet<>();
      for (int i = 0; i < 4; i++) {
        Replica node = new Replica("n" + i);
        nodes.add(node);
        StringBuilder text = new StringBuilder("ab");
        for (int more = 1 + random.nextInt(4); more > 0; more--) {
          text.append((char) ('c' + random.nextInt(20)));
        }
        text.chars().forEach(letters::add);
        new User(node, i).act("write f " + text);
      }
      for (int i = 0; i < 8; i++) {
        Replica node = nodes.get(random.nextInt(4));
        node.read(nodes.get(random.nextInt(4)), Integer.MAX_VALUE);
        node.settle(union);
      }
      comeToRest(nodes, java.util.Collections.nCopies(4, union), seed);
      for (Replica node : nodes) {
        var shown = node.shown(RelativePath.of("f")).orElseThrow();
        Set<Integer> found = new TreeSet<>();
        User.letter(shown.content()).chars().forEach(found::add);
        assertThat(found).as("seed %s", seed).isEqualTo(letters);
        assertThat(node.copies(RelativePath.of("f"))).isEmpty();
      }
    }
  }

  @Test
  void theCommonAncestorIsFoundThroughMoreWritesThanAVersionRemembers() {
    MergePolicy text = new MergePolicy.Text();
    Replica a = new Replica("a");
    Replica b = new Replica("b");
    User onA = new User(a, 0);
    onA.act("write f abcdefgh");
    comeToRest(List.of(a, b), List.of(text, text), 0);
    for (int i = 0; i < 3 * Version.LINEAGE_MAX; i++) {
      onA.act("write f " + (char) ('A' + i) + "bcdefgh");
    }
    new User(b, 0).act("write f abcdefgZ");
    comeToRest(List.of(a, b), List.of(text, text), 0);
    for (Replica node : List.of(a, b)) {
      var shown = node.shown(RelativePath.of("f")).orElseThrow();
      assertThat(User.letter(shown.content())).isEqualTo("XbcdefgZ");
      assertThat(node.copies(RelativePath.of("f"))).isEmpty();
    }
  }

  @Test
  void whatThePreferredNodeRemovesMeanwhileIsNotBroughtBack() {
    MergePolicy preferA = new MergePolicy.Prefer("a");
    Replica a = new Replica("a");
    Replica b = new Replica("b");
    new User(a, 0).act("write f x");
    new User(b, 10).act("write f y");
    b.read(a, Integer.MAX_VALUE);
    assertThat(b.settle(preferA)).isTrue();
    new User(a, 20).act("rm f");
    comeToRest(List.of(a, b), List.of(preferA, preferA), 0);
    assertThat(a.state.tree()).isEmpty();
    assertThat(b.state.tree()).isEmpty();
  }

  @Test
  void whatPoliciesHavePutTogetherTooOftenIsLeftToPeople() {
    assertThat(unionOf(wroteByPolicy("a", 1), wroteByPolicy("b", Settlement.ROUNDS_MAX - 1)))
        .isInstanceOfSatisfying(
            Settlement.Verdict.Write.class,
            write -> assertThat(write.by().round()).isEqualTo(Settlement.ROUNDS_MAX));
    assertThat(unionOf(wroteByPolicy("a", 1), wroteByPolicy("b", Settlement.ROUNDS_MAX)))
        .isInstanceOf(Settlement.Verdict.Leave.class);
  }

  /** Of one line, the node's name. */
  private static Version wroteByPolicy(String node, int round) {
    return new Version(
        new Dot(new ReplicaId(node, 1), 1),
        RelativePath.of("f"),
        new Content.File(new ContentHash(node.charAt(0), 0, 0, 0), 2),
        new Attributes(0644, 1),
        round,
        List.of(),
        null,
        false,
        new Settled(Settled.By.TEXT, round));
  }

  private static Settlement.Verdict unionOf(Version one, Version other) {
    Settlement.Conflict conflict =
        new Settlement.Conflict(
            one.path(),
            new Shown(one.content(), one.attributes(), Set.of(one.dot()), Set.of()),
            List.of(
                new Settlement.Side(one.content(), List.of(one)),
                new Settlement.Side(other.content(), List.of(other))),
            false);
    return Settlement.decide(
        conflict,
        new MergePolicy.Union(),
        new Settlement.Contents() {
          @Override
          public Optional<byte[]> of(Content.File file, int bytesMax) {
            Version wrote = file.equals(one.content()) ? one : other;
            return Optional.of((wrote.dot().replica().node() + "\n").getBytes(UTF_8));
          }

          @Override
          public Optional<Content.File> writtenBy(Dot dot) {
            return Optional.empty();
          }

          @Override
          public List<Dot> replacedBy(Dot dot) {
            return List.of();
          }
        });
  }
}
