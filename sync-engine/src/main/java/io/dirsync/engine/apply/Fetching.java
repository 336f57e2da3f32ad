package io.dirsync.engine.apply;

import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One content on its way from a peer into a staged file, whole or as what has changed. */
interface Fetching {
  /** Told once how it ended, on a worker. */
  interface Listener {
    /** The file holds the content: its hash is proved. */
    void fetched(StagedFile file);

    /**
     * @param disk what this node's disk said; null if it was not the disk
     */
    void failed(String reason, @Nullable IOException disk);

    /** The connection is gone. */
    void cut(String reason);

    /** The file that it was to be made of is not there any more; it may lie elsewhere by now. */
    void overtaken();

    /** The peer has left it unanswered for too long; it may have the content all the same. */
    void unanswered(String reason);
  }

  void start();

  void cancel();

  /** Ends it for good; what has come stays for the next that asks. The listener hears nothing. */
  void stop();
}
