package io.dirsync.engine.store;

import io.dirsync.model.ReplicaId;

/** The small numbers that stand for replicas in one store's rows, so that keys stay short. */
interface ReplicaNumbers {
  /** The replica's number, zero or more; a new one if it had none. */
  int number(ReplicaId replica);

  /**
   * @throws IllegalArgumentException if no replica has the number
   */
  ReplicaId replica(int number);
}
