package io.dirsync.protocol.netty;

import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.wire.MessageDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Cuts the stream into frames, whose length is checked by their type before anything is kept for
 * them. Behind a bad length nothing is a frame any more.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  private static final int LENGTH_BYTES = 4;

  private boolean lost;

  FrameDecoder() {
    setCumulator(MERGE_CUMULATOR);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws ProtocolException {
    if (lost) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (in.readableBytes() < LENGTH_BYTES + 1) {
      return;
    }
    int length = in.getInt(in.readerIndex());
    int type = in.getUnsignedByte(in.readerIndex() + LENGTH_BYTES);
    if (length < 1 || length > MessageDecoder.frameBytesMax(type)) {
      lost = true;
      in.skipBytes(in.readableBytes());
      throw new ProtocolException(
          "a frame of type "
              + type
              + " says that it is "
              + Integer.toUnsignedString(length)
              + " bytes long");
    }
    if (in.readableBytes() >= LENGTH_BYTES + length) {
      in.skipBytes(LENGTH_BYTES);
      out.add(in.readRetainedSlice(length));
    }
  }
}
