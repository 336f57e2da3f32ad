package io.dirsync.model;

/**
 * What stands at a path, apart from its attributes. Two versions with equal content do not
 * conflict.
 */
public sealed interface Content {
  /**
   * A regular file.
   *
   * @param size length in bytes, zero or more
   */
  record File(ContentHash hash, long size) implements Content {
    public File {
      if (size < 0) {
        throw new IllegalArgumentException("a size is not negative: " + size);
      }
    }
  }

  /** A symbolic link, carried as it is and never followed. */
  record Symlink(LinkTarget target) implements Content {}

  /** A directory; directories merge, so all are equal. */
  record Directory() implements Content {
    public static final Directory VALUE = new Directory();
  }

  default boolean isDirectory() {
    return this instanceof Directory;
  }

  /** The bytes that this content adds to a folder: a file's size, else zero. */
  default long sizeBytes() {
    return this instanceof File file ? file.size() : 0;
  }
}
