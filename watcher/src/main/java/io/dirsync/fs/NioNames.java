package io.dirsync.fs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.dirsync.fs.FileStatus.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;

/** From bytes to java.nio's paths and back, without loss and without leaving the root. */
final class NioNames {
  private final Path root;
  private final FileStatus opened;
  private final NioAttributes attributes;

  NioNames(Path root, FileStatus opened, NioAttributes attributes) {
    this.root = root;
    this.opened = opened;
    this.attributes = attributes;
  }

  /**
   * The file of that path, whether or not it exists.
   *
   * @throws java.nio.file.NoSuchFileException if a directory on the way does not exist
   * @throws NotDirectoryException if something on the way is no directory
   */
  Path resolve(byte[] path) throws IOException {
    List<byte[]> components = PlainPath.components(path);
    requireSameRoot();
    Path at = root;
    for (int i = 0; i < components.size(); i++) {
      if (i > 0) {
        requireDirectory(at, path);
      }
      at = child(at, components.get(i), path);
    }
    return at;
  }

  /** The same, for a path that must be a directory. */
  Path directory(byte[] path) throws IOException {
    Path directory = resolve(path);
    requireDirectory(directory, path);
    return directory;
  }

  /** The same, for a path that must not be the root. */
  Path notRoot(byte[] path) throws IOException {
    if (path.length == 0) {
      throw new FileSystemException(PlainPath.text(path), null, "is the root of the volume");
    }
    return resolve(path);
  }

  private void requireSameRoot() throws IOException {
    FileStatus now;
    try {
      now = attributes.read(root, NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      // Not to be taken for the answer that nothing stands at the path.
      FileSystemException gone = new FileSystemException(root.toString(), null, "the root is gone");
      gone.initCause(e);
      throw gone;
    }
    if (now.inode() != opened.inode() || now.device() != opened.device()) {
      throw new FileSystemException(
          root.toString(), null, "another directory has taken the place of the root");
    }
  }

  private void requireDirectory(Path directory, byte[] path) throws IOException {
    if (attributes.read(directory, NOFOLLOW_LINKS).kind() != Kind.DIRECTORY) {
      throw new NotDirectoryException(PlainPath.text(path));
    }
  }

  private static Path child(Path directory, byte[] name, byte[] path) throws IOException {
    String text = decode(name, path);
    Path child = directory.resolve(text);
    boolean same = directory.equals(child.getParent()) && text.equals(nameOf(child));
    if (!same) {
      throw notRepresented(path);
    }
    return child;
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** A link's target as the system takes it, byte for byte. */
  Path target(byte[] path, byte[] target) throws IOException {
    String text = decode(target, path);
    Path written = root.getFileSystem().getPath(text);
    if (text.isEmpty() || !written.toString().equals(text)) {
      throw new FileSystemException(
          PlainPath.text(path), null, "java.nio cannot write the target " + PlainPath.text(target));
    }
    return written;
  }

  /** The bytes of a link's target. */
  static byte[] encodeTarget(Path link, Path target) throws IOException {
    return encode(
        link, target.toString(), target.getFileSystem().getPath(target.toString()), target);
  }

  /** The bytes of a directory entry's name. */
  static byte[] encode(Path directory, Path entry) throws IOException {
    String name = nameOf(entry);
    return encode(directory, name, directory.resolve(name), entry);
  }

  /**
   * The JDK puts U+FFFD in the place of bytes that it cannot read; text that does not lead back to
   * the path that it was made from was not all of it.
   */
  private static byte[] encode(Path at, String text, Path again, Path found) throws IOException {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      if (again.equals(found)) {
        byte[] name = new byte[bytes.remaining()];
        bytes.get(name);
        return name;
      }
    } catch (CharacterCodingException loneSurrogate) {
      // told below
    }
    throw new FileSystemException(
        at.toString(), null, "holds a name that cannot be read as UTF-8: '" + text + "'");
  }

  private static String decode(byte[] name, byte[] path) throws IOException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      FileSystemException failure =
          new FileSystemException(PlainPath.text(path), null, "is not valid UTF-8");
      failure.initCause(e);
      throw failure;
    }
  }

  private static FileSystemException notRepresented(byte[] path) {
    return new FileSystemException(
        PlainPath.text(path), null, "this system cannot represent the name");
  }
}
