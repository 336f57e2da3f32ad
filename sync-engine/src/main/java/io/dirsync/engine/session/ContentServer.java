package io.dirsync.engine.session;

import io.dirsync.engine.Signatures;
import io.dirsync.engine.Strand;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.delta.BlockMatcher;
import io.dirsync.protocol.delta.Signature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Answers one peer's fetches from one folder: a piece of each in turn, as long as the connection
 * has room.
 */
final class ContentServer {
  /** Deltas of contents from this size on take some memory each. */
  private static final long BIG_BYTES = 4L << 20;

  /** One more than a peer asks for at once. */
  private static final int BIG_DELTAS_MAX = 4;

  /** Bytes of signatures that have not come whole. */
  private static final long SIGNATURES_BYTES_MAX = 16L << 20;

  private final ContentFiles files;
  private final Signatures signatures;
  private final Connection connection;
  private final Strand strand;

  /** What a piece can be sent of now, in turn. */
  private final ArrayDeque<Answer> ready = new ArrayDeque<>();

  /** All deltas under way, by request. */
  private final Map<Long, DeltaAnswer> deltas = new HashMap<>();

  private int ranges;
  private boolean closed;

  ContentServer(
      FolderStore store,
      Volume volume,
      Signatures signatures,
      Connection connection,
      Executor workers) {
    this.files = new ContentFiles(store, volume);
    this.signatures = signatures;
    this.connection = connection;
    this.strand = new Strand(workers);
  }

  void fetch(Message.Fetch fetch) {
    strand.execute(
        () -> {
          if (mayBegin(fetch.request())) {
            ranges++;
            ready.add(new RangeAnswer(fetch, files, connection));
            serve();
          }
        });
  }

  void fetchDelta(Message.FetchDelta fetch) {
    strand.execute(
        () -> {
          if (mayBegin(fetch.request())) {
            begin(fetch);
          }
        });
  }

  private boolean mayBegin(long request) {
    if (!closed && (ranges + deltas.size() >= Limits.FETCHES_MAX || deltas.containsKey(request))) {
      failed(request, "too many fetches at once");
      return false;
    }
    return !closed;
  }

  private void failed(long request, String reason) {
    connection.send(new Message.FetchFailed(request, reason));
  }

  void cancel(long request) {
    strand.execute(
        () -> {
          DeltaAnswer delta = deltas.get(request);
          if (delta != null) {
            ready.remove(delta);
            end(delta);
            return;
          }
          for (Answer answer : ready) {
            if (answer.request() == request) {
              ready.remove(answer);
              end(answer);
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
          ready.forEach(Answer::end);
          ready.clear();
          deltas.values().forEach(Answer::end);
          deltas.clear();
        });
  }

  private void end(Answer answer) {
    if (answer instanceof DeltaAnswer) {
      deltas.remove(answer.request());
    } else {
      ranges--;
    }
    answer.end();
  }

  private void fail(Answer answer, String reason) {
    end(answer);
    failed(answer.request(), reason);
  }

  private void serve() {
    while (!ready.isEmpty() && connection.roomForContents()) {
      Answer answer = ready.poll();
      try {
        if (answer.send()) {
          end(answer);
        } else if (answer.ready()) {
          ready.addLast(answer);
        }
      } catch (IOException e) {
        fail(answer, String.valueOf(e.getMessage()));
      } catch (UncheckedIOException e) {
        fail(answer, String.valueOf(e.getCause()));
      }
    }
  }

  // -- deltas
  // ----------------------------------------------------------------------------------------

  private void begin(Message.FetchDelta fetch) {
    ContentFiles.Opened opened = null;
    try {
      opened = files.open(fetch.hash(), fetch.path());
      DeltaAnswer answer = new DeltaAnswer(fetch, opened, connection);
      if (isBig(answer) && deltas.values().stream().filter(this::isBig).count() >= BIG_DELTAS_MAX) {
        opened.close();
        failed(fetch.request(), "too many big deltas at once");
        return;
      }
      deltas.put(fetch.request(), answer);
      Optional<Signature> known = signatures.get(fetch.basis());
      if (known.isPresent()) {
        compare(answer, known.get());
      } else {
        connection.send(new Message.SignatureWanted(fetch.request()));
      }
    } catch (IOException | UncheckedIOException e) {
      if (opened != null) {
        opened.close();
      }
      failed(fetch.request(), String.valueOf(e.getMessage()));
    }
  }

  private boolean isBig(DeltaAnswer answer) {
    return answer.size() >= BIG_BYTES;
  }

  /** A part of a signature; ignored if nobody waits for it. */
  void signature(Message.SignaturePart part) {
    strand.execute(
        () -> {
          DeltaAnswer answer = deltas.get(part.request());
          if (answer == null || !answer.wantsSignature()) {
            return;
          }
          long held = part.bytes().length;
          for (DeltaAnswer each : deltas.values()) {
            held += each.signatureBytes();
          }
          if (held > SIGNATURES_BYTES_MAX) {
            fail(answer, "too many signatures at once");
            return;
          }
          try {
            Signature whole = answer.take(part);
            if (whole != null) {
              compare(answer, whole);
            }
          } catch (ProtocolException e) {
            fail(answer, String.valueOf(e.getMessage()));
          }
        });
  }

  private void compare(DeltaAnswer answer, Signature basis) {
    answer.comparing();
    signatures
        .comparing(answer.size())
        .execute(
            () -> {
              BlockMatcher.@Nullable Outcome found = null;
              String trouble = "";
              try {
                found = answer.compare(basis, signatures.get(answer.hash()).orElse(null));
              } catch (IOException | UncheckedIOException e) {
                trouble = String.valueOf(e.getMessage());
              }
              BlockMatcher.Outcome outcome =
                  found == null ? new BlockMatcher.Outcome.GaveUp(trouble) : found;
              strand.execute(() -> compared(answer, outcome));
            });
  }

  private void compared(DeltaAnswer answer, BlockMatcher.Outcome outcome) {
    if (answer.ended()) {
      answer.comparedInVain();
      return;
    }
    switch (outcome) {
      case BlockMatcher.Outcome.Found found -> {
        try {
          answer.compared(found.delta());
          ready.addLast(answer);
          serve();
        } catch (IOException e) {
          giveUp(answer, String.valueOf(e.getMessage()));
        }
      }
      case BlockMatcher.Outcome.GaveUp(String reason) -> giveUp(answer, reason);
    }
  }

  private void giveUp(DeltaAnswer answer, String reason) {
    fail(answer, reason);
    answer.comparedInVain();
  }

  /** The peer allows more of a delta to be sent. */
  void more(Message.More more) {
    strand.execute(
        () -> {
          DeltaAnswer answer = deltas.get(more.request());
          if (answer != null) {
            boolean stood = !answer.ready();
            answer.more(more.bytes());
            if (stood && answer.ready()) {
              ready.addLast(answer);
              serve();
            }
          }
        });
  }
}
