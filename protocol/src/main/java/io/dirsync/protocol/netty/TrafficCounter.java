package io.dirsync.protocol.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the bytes that a connection puts on the wire and takes from it. The first handler of a
 * channel.
 */
final class TrafficCounter extends ChannelDuplexHandler {
  private final LongAdder sent = new LongAdder();
  private final LongAdder received = new LongAdder();

  long sent() {
    return sent.sum();
  }

  long received() {
    return received.sum();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes) {
      received.add(bytes.readableBytes());
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      sent.add(bytes.readableBytes());
    }
    context.write(message, promise);
  }
}
