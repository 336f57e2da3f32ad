package io.dirsync.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The unix socket that commands come to, for the daemon's account and group only. It is there
 * before the node is: commands that come meanwhile wait.
 */
final class AdminSocket implements Closeable {
  private final Path path;
  private final ServerSocketChannel server;

  private AdminSocket(Path path, ServerSocketChannel server) {
    this.path = path;
    this.server = server;
  }

  /**
   * Makes the socket.
   *
   * @throws IOException if another daemon answers there, or it cannot be made
   */
  static AdminSocket bind(Path path) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null && !Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
    }
    removeIfLeft(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    } catch (IOException e) {
      server.close();
      throw new IOException("cannot make the admin socket " + path + ": " + e.getMessage(), e);
    }
    return new AdminSocket(path, server);
  }

  /** Removes the socket of a daemon that is gone. */
  private static void removeIfLeft(Path socket) throws IOException {
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    // A plain file refuses connections too.
    if (!Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException(
          "cannot make the admin socket " + socket + ": a file that is no socket is in the way");
    }
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      throw new IOException("another dirsync daemon answers at " + socket);
    } catch (ConnectException e) {
      Files.delete(socket);
    }
  }

  boolean isOpen() {
    return server.isOpen();
  }

  /** The next one who asks; waits for it. */
  SocketChannel accept() throws IOException {
    return server.accept();
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }
}
