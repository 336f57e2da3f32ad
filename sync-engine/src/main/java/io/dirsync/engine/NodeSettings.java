package io.dirsync.engine;

import java.nio.file.Path;
import java.util.List;

/**
 * A node as configured.
 *
 * @param listen {@code host:port} to accept peers at, or empty for none
 */
public record NodeSettings(
    String name,
    Path dataDirectory,
    String listen,
    List<PeerSettings> peers,
    List<FolderSettings> folders) {
  public NodeSettings {
    peers = List.copyOf(peers);
    folders = List.copyOf(folders);
  }
}
