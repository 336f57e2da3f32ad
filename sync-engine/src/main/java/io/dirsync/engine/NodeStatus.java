package io.dirsync.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node tells its operator. */
public record NodeStatus(String node, String id, String summary, List<FolderStatus> folders) {
  public NodeStatus {
    folders = List.copyOf(folders);
  }

  /** Of these folders; the sentence is about them. */
  static NodeStatus of(String node, String id, List<FolderStatus> folders) {
    return new NodeStatus(node, id, Summary.of(folders), folders);
  }

  /**
   * The same of one folder alone: nothing is said of the others.
   *
   * @throws IllegalArgumentException if there is no such folder
   */
  public NodeStatus only(String folder) {
    List<FolderStatus> found = folders.stream().filter(each -> each.name().equals(folder)).toList();
    if (found.isEmpty()) {
      throw Node.noFolder(folder, folders.stream().map(FolderStatus::name).toList());
    }
    return of(node, id, found);
  }

  /** What a folder is doing. */
  public enum State {
    IN_SYNC("in sync"),
    SCANNING("scanning"),
    SENDING("sending"),
    RECEIVING("receiving"),
    PUBLISHING("publishing"),
    PAUSED("paused"),
    HELD("held"),
    HALTED("halted");

    private final String words;

    State(String words) {
      this.words = words;
    }

    /** The state as people and scripts read it. */
    public String words() {
      return words;
    }
  }

  /**
   * @param reason why it is halted or held, or why some of it does not go on, or does not reach a
   *     peer; null if all is well
   * @param problems a sentence each: paths that cannot be read or written, directories not watched
   * @param notes a sentence each: what has happened that its operator should know, though nothing
   *     is to be done
   * @param skipped sockets, fifos and devices that stand there and are not carried
   * @param lastChangeMillis when something last changed here, milliseconds since 1970; zero if
   *     never
   * @param drift paths whose disk differs from what it was made to show, where only is received
   * @param ancestors what is kept for merging texts
   */
  public record FolderStatus(
      String name,
      String path,
      State state,
      @Nullable String reason,
      List<String> problems,
      List<String> notes,
      long files,
      long bytes,
      long conflicts,
      long skipped,
      long lastChangeMillis,
      List<PeerStatus> peers,
      FolderMode mode,
      long drift,
      Ancestors ancestors) {
    public FolderStatus {
      problems = List.copyOf(problems);
      notes = List.copyOf(notes);
      peers = List.copyOf(peers);
    }
  }

  /**
   * Former contents of texts.
   *
   * @param bytes on the disk, about
   */
  public record Ancestors(long files, long bytes) {
    public static final Ancestors NONE = new Ancestors(0, 0);
  }

  /**
   * @param behindFiles paths changed here that the peer has not durably applied, each once
   * @param countsChanges whether these are so many that changes are counted, not paths
   * @param lagSeconds age of the oldest such change
   * @param sentBytes on the wire to this peer since the daemon started, all folders
   * @param trouble why there is no connection, or why the peer takes no part in the folder though
   *     there is one; null if all is well
   * @param sinceMillis since when connected or not, milliseconds since 1970
   */
  public record PeerStatus(
      String name,
      boolean connected,
      long behindFiles,
      boolean countsChanges,
      long behindBytes,
      double lagSeconds,
      long sentBytes,
      long receivedBytes,
      @Nullable String trouble,
      long sinceMillis) {

    /** Whether it is connected and takes part in the folder. */
    boolean isWithUs() {
      return connected && trouble == null;
    }
  }
}
