package io.dirsync.engine.session;

import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Message.Known;

/**
 * The committed end of a folder's log with the context that goes with it.
 *
 * @param floor the log holds entries after this sequence number
 */
public record Head(ReplicaId replica, long floor, long end, Known known) {}
