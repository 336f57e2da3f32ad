package io.dirsync.daemon;

import com.google.gson.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Asks the running daemon. */
public final class AdminClient {
  private static final Duration AGAIN = Duration.ofMillis(50);

  private final Path socket;

  public AdminClient(Path socket) {
    this.socket = socket;
  }

  /** No daemon answers. */
  public static final class UnreachableException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Path socket;
    private final boolean forbidden;

    UnreachableException(Path socket, IOException cause) {
      this(socket, cause, "Permission denied".equals(cause.getMessage()));
    }

    private UnreachableException(Path socket, IOException cause, boolean forbidden) {
      super(
          forbidden
              ? "this account may not ask the dirsync daemon at " + socket
              : "no dirsync daemon answers at " + socket + why(cause),
          cause);
      this.socket = socket;
      this.forbidden = forbidden;
    }

    private static String why(IOException cause) {
      String said = String.valueOf(cause.getMessage());
      return switch (said) {
        case "No such file or directory" -> ": none runs with this configuration";
        case "Connection refused" -> ": the one that did has ended";
        default -> ": " + said;
      };
    }

    /** Where it was to answer. */
    public Path socket() {
      return socket;
    }

    /** Whether there is a daemon, or may be one, and this account may not speak with it. */
    public boolean forbidden() {
      return forbidden;
    }
  }

  /**
   * Asks once.
   *
   * @param patience how long to wait for a daemon that is still starting
   * @throws UnreachableException if no daemon answers
   */
  public JsonObject ask(JsonObject request, Duration patience) throws IOException {
    return ask(request, patience, Optional.empty());
  }

  /**
   * Asks once, and sends a file after the request, as long as the request says.
   *
   * @throws UnreachableException if no daemon answers
   */
  public JsonObject ask(JsonObject request, FileChannel content) throws IOException {
    return ask(request, Duration.ZERO, Optional.of(content));
  }

  private JsonObject ask(JsonObject request, Duration patience, Optional<FileChannel> content)
      throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try (SocketChannel channel = connect()) {
        AdminProtocol.write(channel, request);
        if (content.isPresent()) {
          send(content.get(), channel, AdminProtocol.number(request, "contentBytes"));
        }
        return AdminProtocol.read(channel, AdminProtocol.LINE_BYTES_MAX);
      } catch (UnreachableException e) {
        if (e.forbidden() || System.nanoTime() > deadline) {
          throw e;
        }
        try {
          Thread.sleep(AGAIN);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
  }

  private static void send(FileChannel content, SocketChannel to, long size) throws IOException {
    try {
      long at = 0;
      while (at < size) {
        long count = content.transferTo(at, size - at, to);
        if (count <= 0) {
          throw new EOFException("the file became shorter while it was read");
        }
        at += count;
      }
    } catch (IOException e) {
      // A daemon that refuses does not read it all: its answer says why.
      if (e instanceof EOFException) {
        throw e;
      }
    }
  }

  /** Whether a daemon runs there, as far as this account can tell. */
  public boolean answers() {
    try (SocketChannel _ = connect()) {
      return true;
    } catch (UnreachableException e) {
      return e.forbidden();
    } catch (IOException e) {
      return true;
    }
  }

  private SocketChannel connect() throws UnreachableException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new UnreachableException(socket, e);
    }
  }
}
