package io.dirsync.engine.session;

import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import java.util.ArrayList;
import java.util.List;

/** A connection that keeps what is sent. */
final class SentMessages implements Connection {
  final List<Message> messages = new ArrayList<>();

  <M extends Message> List<M> of(Class<M> kind) {
    return messages.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  @Override
  public void send(Message message) {
    messages.add(message);
  }

  @Override
  public boolean writable() {
    return true;
  }

  @Override
  public NodeId peer() {
    return NodeId.of(new byte[32]);
  }

  @Override
  public String address() {
    return "peer";
  }

  @Override
  public Traffic traffic() {
    return new Traffic(0, 0);
  }

  @Override
  public void close(String reason) {
    messages.clear();
  }
}
