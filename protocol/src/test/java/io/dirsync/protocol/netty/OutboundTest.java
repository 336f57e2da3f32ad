package io.dirsync.protocol.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What goes first of what waits to be written. */
final class OutboundTest {
  private final Outbound outbound = new Outbound();

  private void add(String name, Message message) {
    outbound.add(
        Outbound.Frame.of(message, new byte[5]).as(name.getBytes(StandardCharsets.US_ASCII)));
  }

  private static void poll(Supplier<Outbound.Frame> next, List<String> names) {
    Outbound.Frame frame;
    while ((frame = next.get()) != null) {
      names.add(new String(frame.head(), StandardCharsets.US_ASCII));
    }
  }

  private static Message.Data data(long request, long offset) {
    return new Message.Data(request, offset, new byte[1], false);
  }

  @Test
  void aSignOfLifeAmongContentsComesBehindOneOfEachRequestThatWaits() {
    add("1 a", data(1, 0));
    add("1 b", data(1, 1));
    add("2 a", data(2, 0));
    add("signature", new Message.SignaturePart(2, 0, new byte[1], false));
    add("sign of life", new Message.Pong(Message.Ping.AMONG_CONTENTS));
    add("3 a", data(3, 0));
    add("pong", new Message.Pong(0));
    List<String> control = new ArrayList<>();
    poll(outbound::pollControl, control);
    assertThat(control).containsExactly("pong");
    List<String> contents = new ArrayList<>();
    poll(outbound::pollContent, contents);
    assertThat(contents).containsExactly("1 a", "2 a", "signature", "sign of life", "3 a", "1 b");
    assertThat(outbound.contentBytes()).isZero();
    assertThat(outbound.controlBytes()).isZero();
  }
}
