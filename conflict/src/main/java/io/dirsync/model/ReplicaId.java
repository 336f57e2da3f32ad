package io.dirsync.model;

import java.util.Comparator;

/**
 * One life of one node's database. A database that is new, restored or known by a peer to be behind
 * itself starts a new incarnation, so that no write event is ever named twice.
 *
 * @param node the node's name, not empty, at most {@value #NAME_CHARS_MAX} characters, none of them
 *     a control character, {@code /} or {@code @}
 * @param incarnation a random number, compared as unsigned
 */
public record ReplicaId(String node, long incarnation) implements Comparable<ReplicaId> {
  public static final int NAME_CHARS_MAX = 64;

  private static final Comparator<ReplicaId> ORDER =
      Comparator.comparing(ReplicaId::node)
          .thenComparing((a, b) -> Long.compareUnsigned(a.incarnation, b.incarnation));

  public ReplicaId {
    if (node.isEmpty() || node.length() > NAME_CHARS_MAX) {
      throw new IllegalArgumentException(
          "a node's name has 1 to " + NAME_CHARS_MAX + " characters");
    }
    if (node.chars().anyMatch(c -> Character.isISOControl(c) || c == '/' || c == '@')) {
      throw new IllegalArgumentException("a node's name has no control character, '/' or '@'");
    }
  }

  @Override
  public int compareTo(ReplicaId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return node + "~" + Long.toHexString(incarnation);
  }
}
