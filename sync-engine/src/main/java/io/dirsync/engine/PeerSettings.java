package io.dirsync.engine;

import io.dirsync.protocol.NodeId;
import java.util.List;

/**
 * A peer as configured on this node.
 *
 * @param addresses {@code host:port}, tried in order; none if only the peer dials
 */
public record PeerSettings(String name, NodeId id, List<String> addresses) {
  public PeerSettings {
    addresses = List.copyOf(addresses);
  }
}
