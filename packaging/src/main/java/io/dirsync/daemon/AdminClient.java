package io.dirsync.daemon;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

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

    UnreachableException(Path socket, IOException cause) {
      super("no dirsync daemon answers at " + socket + ": " + cause.getMessage(), cause);
    }
  }

  /**
   * Asks once.
   *
   * @param patience how long to wait for a daemon that is still starting
   * @throws UnreachableException if no daemon answers
   */
  public JsonObject ask(JsonObject request, Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try (SocketChannel channel = connect()) {
        AdminProtocol.write(channel, request);
        return AdminProtocol.read(channel, AdminProtocol.LINE_BYTES_MAX);
      } catch (UnreachableException e) {
        if (System.nanoTime() > deadline) {
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

  private SocketChannel connect() throws UnreachableException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new UnreachableException(socket, e);
    }
  }
}
