package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.dirsync.engine.NodeSettings;
import io.dirsync.engine.PeerSettings;
import io.dirsync.protocol.NodeKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DaemonTest {
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Configuration configuration(String listen, PeerSettings... peers) {
    Path data = directory.resolve("data");
    return new Configuration(
        directory.resolve("c.toml"),
        new NodeSettings("w1", data, listen, List.of(peers), List.of()),
        BandwidthPlan.NONE,
        data.resolve("dirsync.sock"));
  }

  private NodeKey makeKey() throws IOException {
    return NodeKey.create(directory.resolve("data"));
  }

  @Test
  void answersAtItsSocketAndLeavesNothingOpenBehind() throws Exception {
    makeKey();
    Configuration configuration = configuration("127.0.0.1:0");
    JsonObject request = new JsonObject();
    request.addProperty("ask", "status");
    for (int time = 0; time < 2; time++) {
      try (Daemon _ = Daemon.start(configuration)) {
        JsonObject status = new AdminClient(configuration.admin()).ask(request, Duration.ZERO);
        assertThat(status.get("node").getAsString()).isEqualTo("w1");
        assertThat(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(configuration.admin())))
            .isEqualTo("rw-rw----");
      }
      assertThat(configuration.admin()).doesNotExist();
    }
  }

  @Test
  void refusesADataDirectoryThatAnotherDaemonUsesAndLeavesThatOneAlone() throws Exception {
    makeKey();
    Configuration configuration = configuration("");
    try (Daemon _ = Daemon.start(configuration)) {
      assertThatThrownBy(() -> Daemon.start(configuration))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another dirsync daemon uses " + directory.resolve("data"));
      assertThat(new AdminClient(configuration.admin()).answers()).isTrue();
    }
  }

  @Test
  void namesThePortThatIsInUse() throws Exception {
    makeKey();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertThatThrownBy(() -> Daemon.start(configuration(address)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(
              "cannot listen at "
                  + address
                  + ": Address already in use; end what listens there, or give this node another port");
    }
    assertThat(configuration("").admin()).doesNotExist();
  }

  @Test
  void saysWhatMakesAKeyThatIsMissing() {
    assertThatThrownBy(() -> Daemon.start(configuration("")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("`dirsync init` makes one");
  }

  @Test
  void refusesToBeItsOwnPeer() throws Exception {
    PeerSettings itself = new PeerSettings("w2", makeKey().id(), List.of());
    assertThatThrownBy(() -> Daemon.start(configuration("", itself)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the peer 'w2' has this node's own id");
  }
}
