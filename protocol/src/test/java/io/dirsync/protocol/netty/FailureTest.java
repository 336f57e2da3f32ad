package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.NodeId;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class FailureTest {
  @Test
  void theKernelsWordsAreSaidWithoutTheCallThatFailed() {
    IOException reset =
        new IOException("recvAddress(..) failed with error(-104): Connection reset by peer");
    assertThat(Failure.inWords(reset, NodeId.of(new byte[32])))
        .isEqualTo("Connection reset by peer");
  }
}
