package io.dirsync.engine.session;

import io.dirsync.model.LogEpochs;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.Message.Known;

/**
 * The committed end of a folder's log with the context that goes with it.
 *
 * @param floor the log holds entries after this sequence number
 * @param epochs the runs that wrote it
 */
public record Head(ReplicaId replica, long floor, long end, Known known, LogEpochs epochs) {
  /** What this node tells a peer of its log. */
  Message.FolderState state(String folder) {
    return new Message.FolderState(folder, replica, floor, end, known.vector(), epochs);
  }
}
