package io.dirsync.daemon;

import io.dirsync.engine.NodeControl;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The bytes that follow a request. */
final class ChannelUpload implements NodeControl.Upload {
  private final ReadableByteChannel channel;
  private final ByteBuffer rest;
  private final long size;
  private long left;

  /**
   * @param rest what of them has come with the request
   */
  ChannelUpload(ReadableByteChannel channel, ByteBuffer rest, long size) {
    this.channel = channel;
    this.rest = rest;
    this.size = size;
    this.left = size;
  }

  @Override
  public long sizeBytes() {
    return size;
  }

  @Override
  public int read(byte[] buffer) throws IOException {
    if (left == 0) {
      return -1;
    }
    int most = (int) Math.min(left, buffer.length);
    int count;
    if (rest.hasRemaining()) {
      count = Math.min(most, rest.remaining());
      rest.get(buffer, 0, count);
    } else {
      count = channel.read(ByteBuffer.wrap(buffer, 0, most));
      if (count < 0) {
        throw new EOFException("the content ended " + left + " bytes too early");
      }
    }
    left -= count;
    return count;
  }
}
