package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories that once failed, each with what they found. */
final class OnceFailedTest {
  /** Each once failed, before there were deltas; what it found is written beside it. */
  @ParameterizedTest
  @CsvSource({
    "3729, removed at the moment it was published",
    "3037, removed at the moment it was published",
    "16245, recorded below a directory that had just moved away",
    "8636, two contents of one path always asked of the same peer",
    "12500, two nodes waiting for each other's half of a conflict",
    "39259, a directory removed while a file was on its way into it",
    "46533, a mode changed just after publishing",
    "21725, a directory left behind when the last file in it went",
    "2741, killed before the database knew what had gone to the trash",
    "10769, a link made just before its directory moved away",
    "16486, seen before a walk and recorded after it",
    "19850, a link made just before its directory moved away",
  })
  void aHistoryThatOnceFailedHolds(long seed, String found) throws IOException {
    assertThat(Simulation.run(Plan.of(seed).withoutDeltas(), false).faults()).as(found).isEmpty();
  }

  /** The same, with power cuts. */
  @ParameterizedTest
  @CsvSource({
    "225, a file torn after it was recorded and sent",
    "219, a content that the power cut took and nobody had got",
    "923, torn and its removal taken back",
    "473, a log read from where it no longer reached",
    "1121, a content lost that another node's move had carried here",
  })
  void aPowerCutThatOnceDidHarmDoesNone(long seed, String found) throws IOException {
    Plan plan = Plan.of(seed).withoutDeltas().withPowerCuts();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, with databases lost or set back, and roots that are not mounted. */
  @ParameterizedTest
  @CsvSource({
    "5707, a database lost and later restored",
    "4956, a database restored that had forgotten dots",
    "892, a log written anew under numbers that a peer had read",
  })
  void whatOnceWasNotRestoredRightIs(long seed, String found) throws IOException {
    Plan plan = Plan.of(seed).withoutDeltas().withRestores();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, with contents that are asked for. */
  @ParameterizedTest
  @CsvSource({
    "867, a database set back to before counters were reserved and so used twice",
    "13864, a directory made again that a file had been removed with",
  })
  void whatOnceWasNotRestoredRightWithTransfersIs(long seed, String found) throws IOException {
    Plan plan = Plan.of(seed).withRestores();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, with all of that, and deletions that wait for an operator. */
  @ParameterizedTest
  @CsvSource({
    "59709, a link in place of a directory whose files had moved away while it was held",
    "12442, a write while it was looked for what the power cut had torn",
    "19119, a comparison asked for twice that ended the reading of the log",
  })
  void whatOnceWentWrongWithEverythingAtOnceDoesNot(long seed, String found) throws IOException {
    Plan plan = Plan.of(seed).withPowerCuts().withRestores().withBrakes();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, settled by policies. */
  @ParameterizedTest
  @CsvSource({
    "5913, union, a content put together by a policy that a power cut took",
    "6320, text, a comparison asked for twice that ended the reading of the log",
    "12011, union, an edit of another node given up because it followed a move of this one",
    "17537, union, a removal that waited and took with it what was put there meanwhile",
  })
  void whatOnceWentWrongWithPoliciesDoesNot(long seed, String policy, String found)
      throws IOException {
    Plan plan = Plan.of(seed).withPowerCuts().withRestores().withBrakes().settlingBy(policy);
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** Users that act between two steps of dirsync. */
  @ParameterizedTest
  @CsvSource({
    "9552, written over what was about to be given back to who had written before",
    "1910, saved over what was about to be given back to who had saved before",
    "10954, written where a killed process had just taken out what moved away",
    "372671, a directory left behind whose last file was removed as dirsync was about to",
  })
  void whatUsersOnceLostByActingInBetweenStays(long seed, String found) throws IOException {
    Plan plan = Plan.of(seed).withMeddling();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
    assertThat(Simulation.run(plan.withBrakes(), false).faults()).as(found).isEmpty();
  }

  /** The same, with contents that are asked for, and with kills or without. */
  @ParameterizedTest
  @CsvSource({
    "52741, written where a killed process had just moved a file away",
    "410098, a content wanted twice that was one file under two names",
  })
  void whatOnceWentWrongWithTransfersDoesNot(long seed, String found) throws IOException {
    assertThat(Simulation.run(Plan.of(seed), false).faults()).as(found).isEmpty();
  }

  /** The same, with roots that are set back to an older copy. */
  @ParameterizedTest
  @CsvSource({
    "7053, a root set back within half a minute of its first write",
  })
  void aRootThatWasSetBackHarmsNobody(long seed, String found) throws IOException {
    assertThat(Simulation.run(Plan.of(seed).withStaleRoots(), false).faults()).as(found).isEmpty();
  }

  /** The same, with databases set back, power cuts and deletions that wait for an operator. */
  @ParameterizedTest
  @CsvSource({
    "342, conflict copies that an older root lacks and that were believed to be there",
    "3030, a root set back while no file was known and taken for an older copy after a restart",
    "580755, a database restored from before the root was set back and written to again",
  })
  void aRootThatWasSetBackWithEverythingAtOnceHarmsNobody(long seed, String found)
      throws IOException {
    Plan plan = Plan.of(seed).withPowerCuts().withRestores().withBrakes().withStaleRoots();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** It had a directory and a conflict copy, so that the older root was taken as it was. */
  @Test
  void theConflictCopiesOfAFolderWithoutFilesAreMadeAgainOnAnOlderRoot() throws IOException {
    Plan plan = Plan.of(609_603).withPowerCuts().withRepetitions().withStaleRoots();
    assertThat(Simulation.run(plan, false).faults()).isEmpty();
  }

  /** What had just been put there was in nobody's record, and what it had replaced went for it. */
  @Test
  void aDirectoryRemovedWhileAFileInItWasReplacedTakesWhatWasThere() throws IOException {
    assertThat(Simulation.run(Plan.of(623_882).withBrakes(), false).faults()).isEmpty();
  }

  /** What a replaced node had written was lost; what it showed instead was live without it. */
  @Test
  void whoGivesUpALostContentWritesNothingThatAnotherHasWritten() throws IOException {
    assertThat(Simulation.run(Plan.of(131_974).withReplacements(), false).faults()).isEmpty();
  }

  /** Database and root were set back together, and only a peer could tell. */
  @Test
  void whatAMachineThatWasSetBackWritesBeforeItKnowsIsNotTakenForWhatItWroteBefore()
      throws IOException {
    Plan plan = Plan.of(245_075).withRestores().withStaleRoots();
    assertThat(Simulation.run(plan, false).faults()).isEmpty();
  }

  /** A power cut had torn a file, and its time and length were those of the older copy. */
  @Test
  void anotherContentOfTheSameLengthAndTimeComesWithAnOlderRoot() throws IOException {
    Plan plan = Plan.of(126_675).withPowerCuts().withRestores().inPieces().withStaleRoots();
    assertThat(Simulation.run(plan, false).faults()).isEmpty();
  }

  /** The same, with clocks that are set forward and back. */
  @ParameterizedTest
  @CsvSource({
    "147, a time ahead of the clock taken for one of just now for days",
    "163, a wait that a clock set back made days long",
    "713576, a file moved over what a peer had moved to where it came from, taken for an edit",
  })
  void aClockThatWasSetHoldsNothingUp(long seed, String found) throws IOException {
    assertThat(Simulation.run(Plan.of(seed).withClockSteps(), false).faults()).as(found).isEmpty();
  }

  /** The same, with users who act on what is about to change. */
  @ParameterizedTest
  @CsvSource({
    "310, text, removed between two exchanges, and what had slipped in was left without a name",
  })
  void aWriteThatSlippedInKeepsItsName(long seed, String policy, String found) throws IOException {
    Plan plan = Plan.of(seed).withMeddling().settlingBy(policy);
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, with more nodes, most of which hear of each other through others. */
  @ParameterizedTest
  @CsvSource({
    "19621, 6, STAR, a content of another's given up because a move of one's own hid under it",
  })
  void whatOnceFailedInALargerMeshHolds(long seed, int nodes, Mesh mesh, String found)
      throws IOException {
    Plan plan = Plan.of(seed).withNodes(nodes).joinedIn(mesh).withBrakes();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The directory's own absence had been held with its files', and nobody looked again. */
  @Test
  void aDirectoryGoesEverywhereThatWasEmptiedWhileTheDeletionOfItsFilesWasHeld()
      throws IOException {
    Plan plan = Plan.of(12_628).withNodes(5).joinedIn(Mesh.RING).withBrakes().withClockSteps();
    assertThat(Simulation.run(plan, false).faults()).isEmpty();
  }

  /** Given up, though its own disk had it: the file was read so soon that it may have changed. */
  @ParameterizedTest
  @ValueSource(longs = {3_836, 5_434})
  void aContentThatThisDiskMayShowIsNotGivenUp(long seed) throws IOException {
    Plan plan = Plan.of(seed).withPowerCuts().withBrakes();
    assertThat(Simulation.run(plan, false).faults()).isEmpty();
  }

  /** Given up by an answer to a question that was asked before its own disk had it. */
  @Test
  void aContentThatHasComeMeanwhileIsNotGivenUp() throws IOException {
    assertThat(Simulation.run(Histories.plan(109_164), false).faults()).isEmpty();
  }
}
