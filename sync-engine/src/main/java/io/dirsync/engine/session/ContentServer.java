package io.dirsync.engine.session;

import io.dirsync.engine.Layout;
import io.dirsync.engine.Strand;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Answers one peer's fetches from one folder: a piece of each in turn, as long as the connection
 * has room. Holes are left out, which the peer reads as zeros.
 */
final class ContentServer {
  private static final int LOCATIONS_MAX = 8;

  private final FolderStore store;
  private final Volume volume;
  private final Connection connection;
  private final Strand strand;
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();
  private boolean closed;

  ContentServer(FolderStore store, Volume volume, Connection connection, Executor workers) {
    this.store = store;
    this.volume = volume;
    this.connection = connection;
    this.strand = new Strand(workers);
  }

  private static final class Answer {
    final Message.Fetch fetch;
    final long end;
    @Nullable ReadableFile file;
    @Nullable Fingerprint fingerprint;
    long at;

    Answer(Message.Fetch fetch) {
      this.fetch = fetch;
      this.at = fetch.offset();
      this.end = Math.addExact(fetch.offset(), fetch.length());
    }
  }

  void fetch(Message.Fetch fetch) {
    strand.execute(
        () -> {
          if (closed) {
            return;
          }
          if (answers.size() >= Limits.FETCHES_MAX) {
            connection.send(new Message.FetchFailed(fetch.request(), "too many fetches at once"));
            return;
          }
          answers.add(new Answer(fetch));
          serve();
        });
  }

  void cancel(long request) {
    strand.execute(
        () -> {
          for (Answer answer : answers) {
            if (answer.fetch.request() == request) {
              end(answer);
              answers.remove(answer);
              return;
            }
          }
        });
  }

  /** The connection has room again. */
  void wake() {
    strand.execute(this::serve);
  }

  void close() {
    strand.execute(
        () -> {
          closed = true;
          answers.forEach(ContentServer::end);
          answers.clear();
        });
  }

  private static void end(Answer answer) {
    if (answer.file != null) {
      try {
        answer.file.close();
      } catch (IOException e) {
        // It was only read.
      }
      answer.file = null;
    }
  }

  private void serve() {
    while (!answers.isEmpty() && connection.writable()) {
      Answer answer = answers.poll();
      boolean done = true;
      try {
        done = sendPiece(answer);
      } catch (IOException e) {
        connection.send(new Message.FetchFailed(answer.fetch.request(), reason(e)));
      } catch (UncheckedIOException e) {
        connection.send(
            new Message.FetchFailed(answer.fetch.request(), reason(new IOException(e))));
      } finally {
        if (done) {
          end(answer);
        } else {
          answers.addLast(answer);
        }
      }
    }
  }

  private static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.length() > Limits.REASON_CHARS_MAX
        ? message.substring(0, Limits.REASON_CHARS_MAX)
        : message;
  }

  /** Sends one piece; true if that was the last. */
  private boolean sendPiece(Answer answer) throws IOException {
    ReadableFile file = answer.file;
    if (file == null) {
      file = open(answer);
      answer.file = file;
    }
    long data =
        answer.at < answer.end ? Math.min(answer.end, file.nextData(answer.at)) : answer.end;
    int want = (int) Math.min(Limits.DATA_BYTES_MAX, answer.end - data);
    byte[] bytes = new byte[want];
    int got = want == 0 ? 0 : file.read(data, bytes, 0, want);
    if (got < want) {
      throw new IOException("the file became shorter while it was sent");
    }
    answer.at = data + got;
    boolean last = answer.at == answer.end;
    if (last && answer.fingerprint != null && !answer.fingerprint.sameContent(file.status())) {
      throw new IOException("the file changed while it was sent");
    }
    connection.send(new Message.Data(answer.fetch.request(), data, bytes, last));
    return last;
  }

  private ReadableFile open(Answer answer) throws IOException {
    ContentHash hash = answer.fetch.hash();
    RelativePath hint = answer.fetch.path();
    ReadableFile direct = Layout.isPrivate(hint) ? null : openAt(answer, hint, hash);
    if (direct != null) {
      return direct;
    }
    for (RelativePath place : store.locations(hash, LOCATIONS_MAX)) {
      ReadableFile file = openAt(answer, place, hash);
      if (file != null) {
        return file;
      }
    }
    throw new NoSuchFileException(
        answer.fetch.path().toString(), null, "this content is no longer here");
  }

  private @Nullable ReadableFile openAt(Answer answer, RelativePath place, ContentHash hash)
      throws IOException {
    boolean ours = Layout.isPrivate(place);
    PathRecord record = store.record(place);
    Fingerprint fingerprint = record.fingerprint();
    boolean shown =
        record.shown() != null
            && fingerprint != null
            && record.shown().content() instanceof Content.File file
            && file.hash().equals(hash);
    if (!ours && !shown) {
      return null;
    }
    try {
      ReadableFile file = volume.open(place.bytes());
      if (ours || (fingerprint != null && fingerprint.sameContent(file.status()))) {
        answer.fingerprint = ours ? null : fingerprint;
        return file;
      }
      file.close();
      return null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
