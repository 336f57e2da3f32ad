package io.dirsync.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A path below a folder's root, as the bytes that the file system keeps: components joined by
 * {@code /}. The bytes need not be valid in any character set. {@link #ROOT} is the root itself and
 * has no components. Ordered by unsigned bytes.
 */
public final class RelativePath implements Comparable<RelativePath> {
  public static final int PATH_BYTES_MAX = 4096;
  public static final int NAME_BYTES_MAX = 255;
  public static final int DEPTH_MAX = 256;

  public static final RelativePath ROOT = new RelativePath(new byte[0]);

  private static final byte SEPARATOR = '/';

  private final byte[] bytes;
  private int hash;

  private RelativePath(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Takes the path that these bytes spell.
   *
   * @param bytes copied; empty means the root
   * @throws IllegalArgumentException if it is absolute, too long or too deep, ends in {@code /}, or
   *     has a component that is empty, {@code .}, {@code ..}, longer than {@value #NAME_BYTES_MAX}
   *     bytes or with a NUL
   */
  public static RelativePath of(byte[] bytes) {
    if (bytes.length == 0) {
      return ROOT;
    }
    byte[] own = bytes.clone();
    check(own);
    return new RelativePath(own);
  }

  /** The same as {@link #of(byte[])} for the path's UTF-8 bytes. */
  public static RelativePath of(String path) {
    return of(path.getBytes(StandardCharsets.UTF_8));
  }

  private static void check(byte[] path) {
    if (path.length > PATH_BYTES_MAX) {
      throw new IllegalArgumentException("a path has at most " + PATH_BYTES_MAX + " bytes");
    }
    int depth = 0;
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i == path.length || path[i] == SEPARATOR) {
        checkName(path, start, i);
        start = i + 1;
        if (++depth > DEPTH_MAX) {
          throw new IllegalArgumentException("a path has at most " + DEPTH_MAX + " components");
        }
      }
    }
  }

  private static void checkName(byte[] path, int start, int end) {
    int length = end - start;
    boolean dots =
        (length == 1 && path[start] == '.')
            || (length == 2 && path[start] == '.' && path[start + 1] == '.');
    if (length == 0 || dots) {
      throw new IllegalArgumentException("not a plain relative path: '" + escape(path) + "'");
    }
    if (length > NAME_BYTES_MAX) {
      throw new IllegalArgumentException("a name has at most " + NAME_BYTES_MAX + " bytes");
    }
    for (int i = start; i < end; i++) {
      if (path[i] == 0) {
        throw new IllegalArgumentException("a path has no NUL: '" + escape(path) + "'");
      }
    }
  }

  /**
   * The path of {@code name} in this directory; the name is one component.
   *
   * @throws IllegalArgumentException as {@link #of(byte[])} does
   */
  public RelativePath child(byte[] name) {
    for (byte b : name) {
      if (b == SEPARATOR) {
        throw new IllegalArgumentException("a name has no '/': '" + escape(name) + "'");
      }
    }
    checkName(name, 0, name.length);
    if (isRoot()) {
      return new RelativePath(name.clone());
    }
    byte[] joined = Arrays.copyOf(bytes, bytes.length + 1 + name.length);
    joined[bytes.length] = SEPARATOR;
    System.arraycopy(name, 0, joined, bytes.length + 1, name.length);
    // The name is plain, and so is the path before it; a path that may be too deep has many bytes.
    if (joined.length > 2 * DEPTH_MAX - 1) {
      check(joined);
    }
    return new RelativePath(joined);
  }

  /** The same as {@link #child(byte[])}, if that is not too long or too deep. */
  public Optional<RelativePath> childIfPossible(byte[] name) {
    try {
      return Optional.of(child(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public RelativePath child(String name) {
    return child(name.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * This path's place below {@code target} once {@code ancestor}, which it is or lies below, moved
   * there.
   *
   * @throws IllegalArgumentException if that would be too long or too deep
   */
  public RelativePath moved(RelativePath ancestor, RelativePath target) {
    if (equals(ancestor)) {
      return target;
    }
    if (!isBelow(ancestor)) {
      throw new IllegalArgumentException(this + " is not below " + ancestor);
    }
    int from = ancestor.isRoot() ? 0 : ancestor.bytes.length + 1;
    byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
    if (target.isRoot()) {
      return new RelativePath(rest);
    }
    byte[] joined = Arrays.copyOf(target.bytes, target.bytes.length + 1 + rest.length);
    joined[target.bytes.length] = SEPARATOR;
    System.arraycopy(rest, 0, joined, target.bytes.length + 1, rest.length);
    return of(joined);
  }

  public boolean isRoot() {
    return bytes.length == 0;
  }

  /** The directory that holds this path; empty for the root. */
  public Optional<RelativePath> parent() {
    if (isRoot()) {
      return Optional.empty();
    }
    int slash = lastSeparator();
    return Optional.of(slash < 0 ? ROOT : new RelativePath(Arrays.copyOf(bytes, slash)));
  }

  /** The last component's bytes; empty for the root. */
  public byte[] name() {
    return Arrays.copyOfRange(bytes, lastSeparator() + 1, bytes.length);
  }

  /** The same as {@link #moved}, if that is not too long or too deep. */
  public Optional<RelativePath> movedIfPossible(RelativePath ancestor, RelativePath target) {
    try {
      return Optional.of(moved(ancestor, target));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether this path lies strictly below {@code directory}. */
  public boolean isBelow(RelativePath directory) {
    if (directory.isRoot()) {
      return !isRoot();
    }
    int length = directory.bytes.length;
    return bytes.length > length
        && bytes[length] == SEPARATOR
        && Arrays.equals(bytes, 0, length, directory.bytes, 0, length);
  }

  /** How many components the path has; none for the root. */
  public int depth() {
    if (isRoot()) {
      return 0;
    }
    int depth = 1;
    for (byte b : bytes) {
      depth += b == SEPARATOR ? 1 : 0;
    }
    return depth;
  }

  /** A copy of the path's bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  public int length() {
    return bytes.length;
  }

  private int lastSeparator() {
    int i = bytes.length - 1;
    while (i >= 0 && bytes[i] != SEPARATOR) {
      i--;
    }
    return i;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RelativePath path && Arrays.equals(bytes, path.bytes);
  }

  @Override
  public int hashCode() {
    if (hash == 0) {
      hash = Arrays.hashCode(bytes);
    }
    return hash;
  }

  @Override
  public int compareTo(RelativePath other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  /**
   * The path for people and logs: UTF-8 as it is, anything else and control characters as {@code
   * \xNN}.
   */
  @Override
  public String toString() {
    return isRoot() ? "." : escape(bytes);
  }

  private static String escape(byte[] bytes) {
    return EscapedBytes.escape(bytes);
  }
}
