package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node ignores is none of its own, whatever it and its peers do with it. */
final class IgnoredPathsTest {
  private static final Duration WHILE = Duration.ofMinutes(5);

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);
  private final SimNode peer = new SimNode("a", scheduler, network, "b");
  private final SimNode here = new SimNode("b", scheduler, network, "a");

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @BeforeEach
  void share() throws IOException {
    here.user().mkdir(bytes("app"));
    here.user().mkdir(bytes("app/cache"));
    here.user().mkdir(bytes("app/cache/deep"));
    here.write("app/page", "page");
    here.write("app/cache/one", "one");
    here.write("app/cache/deep/two", "two");
    peer.start();
    here.start();
    scheduler.pass(WHILE);
    assertThat(peer.tree()).isEqualTo(here.tree()).containsKey("app/cache/deep/two");
  }

  private void startIgnoring(String... patterns) throws IOException {
    here.kill();
    here.ignoring(patterns).start();
    scheduler.pass(WHILE);
  }

  private void removeCache() throws IOException {
    here.remove("app/cache/one");
    here.remove("app/cache/deep/two");
    here.remove("app/cache/deep");
    here.remove("app/cache");
  }

  private void assertThePeerHasTheCache() {
    assertThat(peer.tree())
        .containsKeys("app/cache", "app/cache/one", "app/cache/deep", "app/cache/deep/two");
  }

  private void assertAllIsDelivered(SimNode node) {
    var done = node.process().flush(Optional.of(SimNode.FOLDER), Duration.ofSeconds(30));
    scheduler.pass(WHILE);
    assertThat(done).isCompletedWithValueMatching(flushed -> flushed.unreachable().isEmpty());
  }

  @Test
  void aDirectoryThatIsIgnoredByNowIsDeletedHereAlone() throws Exception {
    for (String pattern : List.of("cache/", "app/cache", "cache")) {
      startIgnoring(pattern);
      removeCache();
      scheduler.pass(WHILE);
      assertThePeerHasTheCache();
      startIgnoring();
      assertThePeerHasTheCache();
      assertThat(here.tree()).as("without '%s' it is back", pattern).isEqualTo(peer.tree());
    }
  }

  @Test
  void whatIsIgnoredInADirectoryThatGoesIsNotDeletedElsewhere() throws Exception {
    startIgnoring("cache/");
    removeCache();
    here.remove("app/page");
    here.remove("app");
    scheduler.pass(WHILE);
    assertThePeerHasTheCache();
    assertThat(peer.tree()).doesNotContainKey("app/page");
  }

  @Test
  void whatAPeerWritesWhereThisNodeIgnoresDoesNotComeAndHoldsNothingUp() throws Exception {
    startIgnoring("cache/", "*.log");
    here.write("app/cache/one", "changed here");
    peer.write("app/cache/one", "changed there");
    peer.write("app/cache/three", "three");
    peer.write("app/a.log", "log");
    here.write("app/b.log", "log here");
    peer.remove("app/cache/deep/two");
    scheduler.pass(WHILE);

    assertThat(here.tree())
        .doesNotContainKeys("app/cache/three", "app/a.log")
        .containsKey("app/cache/deep/two");
    assertThat(here.user().read(bytes("app/cache/one"))).isEqualTo(bytes("changed here"));
    assertThat(peer.tree()).doesNotContainKey("app/b.log");
    assertAllIsDelivered(peer);
    assertThat(here.idle()).isTrue();
  }

  @Test
  void whatIsIgnoredNoLongerComesAndWhatWasWrittenMeanwhileIsKept() throws Exception {
    startIgnoring("cache/");
    peer.write("app/cache/three", "three");
    here.write("app/cache/one", "changed here");
    scheduler.pass(WHILE);
    startIgnoring();
    assertThat(here.tree()).isEqualTo(peer.tree()).containsKey("app/cache/three");
    assertThat(peer.tree().values()).anyMatch(each -> each.endsWith(" changed here"));
  }

  @Test
  void aDirectoryThatAPeerMovesLeavesWhatIsIgnoredInItWhereItIsIgnored() throws Exception {
    startIgnoring("/app/cache/deep/secret");
    here.write("app/cache/deep/secret", "of this machine");
    scheduler.pass(WHILE);
    peer.user().rename(bytes("app/cache/deep"), bytes("app/deep"));
    peer.tell(new Hint.Moved(bytes("app/cache/deep"), bytes("app/deep"), true));
    scheduler.pass(WHILE);

    assertThat(peer.tree()).containsKey("app/deep/two").doesNotContainKey("app/deep/secret");
    assertThat(here.tree()).containsKeys("app/deep/two", "app/cache/deep/secret");
  }
}
