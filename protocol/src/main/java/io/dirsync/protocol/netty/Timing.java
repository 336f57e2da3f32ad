package io.dirsync.protocol.netty;

import io.dirsync.protocol.Limits;
import java.time.Duration;

/** How long a connection waits; anything but {@link #STANDARD} is for tests. */
record Timing(Duration handshakeMax, Duration idlePing, Duration silenceMax) {
  static final Timing STANDARD =
      new Timing(Limits.HANDSHAKE_MAX, Limits.IDLE_PING, Limits.SILENCE_MAX);
}
