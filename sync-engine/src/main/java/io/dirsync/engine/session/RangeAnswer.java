package io.dirsync.engine.session;

import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Sends a range of a content. Holes are left out, which the peer reads as zeros. */
final class RangeAnswer implements Answer {
  private final Message.Fetch fetch;
  private final ContentFiles files;
  private final Connection connection;
  private final long end;
  private ContentFiles.@Nullable Opened opened;
  private long at;

  RangeAnswer(Message.Fetch fetch, ContentFiles files, Connection connection) {
    this.fetch = fetch;
    this.files = files;
    this.connection = connection;
    this.at = fetch.offset();
    this.end = Math.addExact(fetch.offset(), fetch.length());
  }

  @Override
  public long request() {
    return fetch.request();
  }

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public boolean send() throws IOException {
    ContentFiles.Opened from = opened;
    if (from == null) {
      from = files.open(fetch.hash(), fetch.path());
      opened = from;
    }
    long data = at < end ? Math.min(end, from.file().nextData(at)) : end;
    int want = (int) Math.min(Limits.DATA_BYTES_MAX, end - data);
    byte[] bytes = new byte[want];
    int got = want == 0 ? 0 : from.file().read(data, bytes, 0, want);
    if (got < want) {
      throw new IOException("the file became shorter while it was sent");
    }
    at = data + got;
    boolean last = at == end;
    if (last) {
      from.requireUnchanged();
    }
    connection.send(new Message.Data(fetch.request(), data, bytes, last));
    return last;
  }

  @Override
  public void end() {
    if (opened != null) {
      opened.close();
      opened = null;
    }
  }
}
