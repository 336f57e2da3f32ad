package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.Resume;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers commands on a unix socket that only the daemon's account and group may use. */
final class AdminServer implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
  static final int REQUEST_BYTES_MAX = 64 << 10;

  /** Each holds a thread and a descriptor until it is answered; who asks more often waits. */
  private static final int REQUESTS_MAX = 64;

  /** Between two attempts to take a connection, when one has failed. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Semaphore free = new Semaphore(REQUESTS_MAX);

  private final AdminSocket socket;
  private final NodeControl node;
  private final ConflictRequests conflicts;
  private final HistoryRequests histories;

  private AdminServer(AdminSocket socket, NodeControl node) {
    this.socket = socket;
    this.node = node;
    this.conflicts = new ConflictRequests(node);
    this.histories = new HistoryRequests(node);
  }

  /** Answers what waits at the socket, and what comes. Closing it closes the socket. */
  static AdminServer open(AdminSocket socket, NodeControl node) {
    AdminServer opened = new AdminServer(socket, node);
    Thread.ofPlatform().daemon().name("admin").start(opened::accept);
    return opened;
  }

  private void accept() {
    while (socket.isOpen()) {
      try {
        free.acquire();
        SocketChannel channel = socket.accept();
        Thread.ofVirtual().name("admin-request").start(() -> serve(channel));
      } catch (AsynchronousCloseException e) {
        return;
      } catch (ClosedChannelException e) {
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException e) {
        free.release();
        LOG.warn("the admin socket: {}", e.toString());
        // Such as too many open files: it would fail again at once.
        LockSupport.parkNanos(AGAIN.toNanos());
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      AdminProtocol.write(channel, answer(channel));
    } catch (IOException e) {
      LOG.debug("an admin request: {}", e.toString());
    } finally {
      free.release();
    }
  }

  private JsonObject answer(SocketChannel channel) throws IOException {
    AdminProtocol.Line line;
    try {
      line = AdminProtocol.readLine(channel, REQUEST_BYTES_MAX);
    } catch (AdminProtocol.MalformedException e) {
      return error("malformed", String.valueOf(e.getMessage()));
    }
    JsonObject request = line.object();
    try {
      String what = AdminProtocol.text(request, "ask").orElse("");
      return switch (what) {
        case "status" -> {
          NodeStatus status = node.status();
          yield StatusJson.of(folder(request).map(status::only).orElse(status));
        }
        case "conflicts" -> conflicts.list();
        case "conflict" -> conflicts.show(request);
        case "resolve" -> ConflictJson.settled(await(conflicts.resolve(line, channel)));
        case "why" -> histories.why(request);
        case "log" -> histories.log(request);
        case "undo" -> ConflictJson.settled(await(conflicts.undo(request)));
        case "scan" -> {
          NodeControl.Scanned scanned = await(node.scan(folder(request).orElse("")));
          JsonObject out = schema();
          out.addProperty("entries", scanned.entries());
          out.addProperty("changed", scanned.changed());
          yield out;
        }
        case "drift" -> {
          JsonObject out = schema();
          out.add("drift", StatusJson.drift(node.drift(folder(request).orElse(""))));
          yield out;
        }
        case "revert" -> {
          JsonObject out = schema();
          out.addProperty("paths", await(node.revert(folder(request).orElse(""))));
          yield out;
        }
        case "resume" -> {
          NodeControl.Resumed resumed =
              await(node.resume(folder(request).orElse(""), resume(request)));
          JsonObject out = schema();
          out.addProperty("files", resumed.files());
          out.addProperty("trash", resumed.trash().toString());
          out.addProperty("kept", resumed.kept());
          yield out;
        }
        case "decide" -> {
          NodeControl.Decided decided =
              await(node.decide(folder(request).orElse(""), putsBack(request)));
          JsonObject out = schema();
          out.addProperty("here", decided.here());
          out.addProperty("byPeers", decided.byPeers());
          yield out;
        }
        case "flush" -> {
          Duration timeout = Duration.ofMillis(AdminProtocol.number(request, "timeoutMillis"));
          NodeControl.Flushed flushed = await(node.flush(folder(request), timeout));
          JsonObject out = schema();
          JsonArray unreachable = new JsonArray();
          flushed.unreachable().forEach(unreachable::add);
          out.add("unreachable", unreachable);
          JsonObject refused = new JsonObject();
          flushed.refused().forEach(refused::addProperty);
          out.add("refused", refused);
          JsonArray held = new JsonArray();
          flushed.held().forEach(held::add);
          out.add("held", held);
          JsonObject halted = new JsonObject();
          flushed.halted().forEach(halted::addProperty);
          out.add("halted", halted);
          yield out;
        }
        default -> error("unknown", "this daemon does not know the request '" + what + "'");
      };
    } catch (AdminProtocol.MalformedException e) {
      return error("malformed", String.valueOf(e.getMessage()));
    } catch (TimeoutException e) {
      return error("timeout", String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException | IllegalStateException e) {
      return error("refused", String.valueOf(e.getMessage()));
    } catch (IOException | UncheckedIOException e) {
      return error("failed", String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return error("failed", "the daemon is stopping");
    }
  }

  private static boolean putsBack(JsonObject request) throws AdminProtocol.MalformedException {
    String how = AdminProtocol.text(request, "how").orElse("");
    return switch (how) {
      case "approve" -> false;
      case "put-back" -> true;
      default ->
          throw new AdminProtocol.MalformedException("deletions are approved of or put back");
    };
  }

  private static Resume resume(JsonObject request) throws AdminProtocol.MalformedException {
    String how = AdminProtocol.text(request, "as").orElse("");
    return switch (how) {
      case "stale" -> Resume.AS_STALE;
      case "truth" -> Resume.AS_TRUTH;
      case "new" -> Resume.AS_NEW;
      default ->
          throw new AdminProtocol.MalformedException(
              "a folder resumes as stale, as truth or as new");
    };
  }

  private static JsonObject schema() {
    JsonObject out = new JsonObject();
    out.addProperty("schema", StatusJson.SCHEMA);
    return out;
  }

  private static Optional<String> folder(JsonObject request)
      throws AdminProtocol.MalformedException {
    return AdminProtocol.text(request, "folder");
  }

  private static <T> T await(CompletableFuture<T> future)
      throws IOException, TimeoutException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      switch (cause) {
        case TimeoutException timeout -> throw timeout;
        case IllegalArgumentException refused -> throw refused;
        case IllegalStateException refused -> throw refused;
        case null, default ->
            throw new IOException(
                cause == null ? "it failed" : String.valueOf(cause.getMessage()), e);
      }
    }
  }

  private static JsonObject error(String code, String what) {
    JsonObject error = new JsonObject();
    error.addProperty("code", code);
    error.addProperty("what", what);
    JsonObject out = new JsonObject();
    out.add("error", error);
    return out;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
