package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.NodeStatus.PeerStatus;
import io.dirsync.engine.NodeStatus.State;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SummaryTest {
  private static final String NOT_THERE = "folder www does not run there";

  private static PeerStatus connected(long behind) {
    return peer(true, behind, null);
  }

  private static PeerStatus apart(long behind) {
    return peer(true, behind, NOT_THERE);
  }

  private static PeerStatus away(long behind) {
    return peer(false, behind, "refused");
  }

  private static PeerStatus peer(boolean connected, long behind, @Nullable String trouble) {
    return new PeerStatus("b", connected, behind, false, 0, 0, 0, 0, trouble, 0);
  }

  private static FolderStatus folder(State state, PeerStatus... peers) {
    return folder("www", state, peers);
  }

  private static FolderStatus folder(String name, State state, PeerStatus... peers) {
    return folder(name, state, List.of(), peers);
  }

  private static FolderStatus folder(
      String name, State state, List<String> problems, PeerStatus... peers) {
    return new FolderStatus(
        name,
        "/var/www",
        state,
        null,
        problems,
        List.of(),
        0,
        0,
        0,
        0,
        0,
        List.of(peers),
        FolderMode.TWO_WAY,
        0,
        NodeStatus.Ancestors.NONE);
  }

  static Stream<Arguments> cases() {
    return Stream.of(
        argumentSet("well", connected(0), "Folder www is in sync with b (lag 0.0 s)."),
        argumentSet("one behind", connected(1), "1 change still on its way to b."),
        argumentSet("more behind", connected(1207), "1,207 changes still on their way to b."),
        argumentSet("away", away(0), "Peer b is not connected."),
        argumentSet("away, one waits", away(1), "Peer b is not connected; 1 change waits for it."),
        argumentSet(
            "away, more wait", away(2000), "Peer b is not connected; 2,000 changes wait for it."),
        argumentSet(
            "apart",
            apart(0),
            "Peer b is connected, but folder www does not run there. See 'dirsync status' on b."),
        argumentSet(
            "apart, one waits",
            apart(1),
            "Peer b is connected, but folder www does not run there. 1 change waits for it; see 'dirsync status' on b."));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void saysOfAPeerOnceHowItStands(PeerStatus peer, String sentence) {
    State state = peer.isWithUs() && peer.behindFiles() > 0 ? State.SENDING : State.IN_SYNC;
    assertThat(Summary.of(List.of(folder(state, peer)))).isEqualTo(sentence);
  }

  @Test
  void theStatusOfOneFolderIsAboutThatFolderAlone() {
    FolderStatus well = folder("www", State.IN_SYNC, connected(0));
    FolderStatus away = folder("img", State.IN_SYNC, away(3));
    NodeStatus status = NodeStatus.of("a", "DS1-A", List.of(well, away));
    assertThat(status.summary()).isEqualTo("Peer b is not connected; 3 changes wait for it.");
    assertThat(status.only("www").summary()).isEqualTo("Folder www is in sync with b (lag 0.0 s).");
    assertThat(status.only("www").folders()).containsExactly(well);
    assertThat(status.only("img").summary()).isEqualTo(status.summary());
    assertThatThrownBy(() -> status.only("ww"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no folder 'ww' here; there are: www, img");
  }

  @Test
  void whatCannotBeWrittenIsNotCalledPublishing() {
    List<String> problems = List.of("cannot write a: permission denied");
    assertThat(Summary.of(List.of(folder("www", State.PUBLISHING, problems, connected(0)))))
        .isEqualTo("Folder www: cannot write a: permission denied.");
    assertThat(Summary.of(List.of(folder(State.PUBLISHING, connected(0)))))
        .isEqualTo("Folder www is publishing.");
  }

  @Test
  void withoutAFolderItSaysSo() {
    assertThat(Summary.of(List.of())).isEqualTo("No folder is configured.");
  }
}
