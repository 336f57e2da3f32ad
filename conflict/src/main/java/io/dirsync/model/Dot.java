package io.dirsync.model;

/**
 * One write event: the {@code counter}-th of one replica, over all paths of a folder.
 *
 * @param counter one or more; a replica never uses a counter twice
 * @see <a href="https://gsd.di.uminho.pt/members/vff/dotted-version-vectors-2012.pdf">Dotted
 *     Version Vectors, 2012</a>
 */
public record Dot(ReplicaId replica, long counter) implements Comparable<Dot> {
  public Dot {
    if (counter < 1) {
      throw new IllegalArgumentException("a dot's counter starts at 1, not " + counter);
    }
  }

  @Override
  public int compareTo(Dot other) {
    int byReplica = replica.compareTo(other.replica);
    return byReplica != 0 ? byReplica : Long.compare(counter, other.counter);
  }

  @Override
  public String toString() {
    return replica + "." + counter;
  }
}
