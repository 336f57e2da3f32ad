package io.dirsync.it.sim;

import java.util.ArrayList;
import java.util.List;

/** What happened, as a number that two equal runs share, and as text if somebody wants to read. */
final class Trace {
  private static final int LINES_MAX = 20_000;

  private final boolean verbose;
  private final List<String> lines = new ArrayList<>();
  private long hash = 0xcbf29ce484222325L;

  Trace(boolean verbose) {
    this.verbose = verbose;
  }

  void add(String what, Object... details) {
    mix(what.hashCode());
    for (Object detail : details) {
      mix(detail instanceof byte[] bytes ? java.util.Arrays.hashCode(bytes) : detail.hashCode());
    }
    if (verbose && !what.equals("run")) {
      StringBuilder line = new StringBuilder(what);
      for (Object detail : details) {
        line.append(' ')
            .append(
                detail instanceof byte[] bytes
                    ? new String(bytes, java.nio.charset.StandardCharsets.UTF_8)
                    : detail);
      }
      lines.add(line.toString());
      if (lines.size() > LINES_MAX) {
        lines.removeFirst();
      }
    }
  }

  private void mix(long value) {
    hash = (hash ^ value) * 0x100000001b3L;
    hash ^= hash >>> 29;
  }

  boolean verbose() {
    return verbose;
  }

  long hash() {
    return hash;
  }

  List<String> lines() {
    return lines;
  }
}
