package io.dirsync.fs;

import static io.dirsync.fs.NativeErrors.check;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * An open directory below a {@link PosixVolume}'s root. It stays the same directory whatever
 * happens to its name. Not thread-safe.
 */
public final class PosixDirectory implements Closeable {
  private static final int DIRECTORY_ENTRY_TYPE_OFFSET = 18;
  private static final int DIRECTORY_ENTRY_NAME_OFFSET = 19;

  private final int descriptor;
  private final byte[] path;
  private boolean closed;

  PosixDirectory(int descriptor, byte[] path) {
    this.descriptor = descriptor;
    this.path = path;
  }

  /** Valid until {@link #close}. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Opens a directory in this one, following no symbolic link.
   *
   * @throws java.nio.file.NoSuchFileException if nothing has the name
   * @throws java.nio.file.NotDirectoryException if something else has it
   * @throws java.nio.file.AccessDeniedException if it may not be read
   */
  public PosixDirectory open(byte[] name) throws IOException {
    PosixVolume.requirePlain(name);
    return new PosixDirectory(
        check(PosixVolume.openBelow(descriptor, name, PosixVolume.LISTABLE, 0), name), name);
  }

  /**
   * The names of the directories in this one, in the file system's order. Where the file system
   * does not tell the kind with the name, names of anything are among them.
   */
  public List<byte[]> directories() throws IOException {
    List<byte[]> found = new ArrayList<>();
    read(
        (name, type) -> {
          if (type == Constants.DT_DIR || type == Constants.DT_UNKNOWN) {
            found.add(name);
          }
        });
    return found;
  }

  interface EntryConsumer {
    void accept(byte[] name, byte type) throws IOException;
  }

  /** Every name but {@code .} and {@code ..}, with its type as getdents64 gives it. */
  void read(EntryConsumer consumer) throws IOException {
    record Found(byte[] name, byte type) {}
    List<Found> batch = new ArrayList<>();
    int length;
    while ((length = check(Native.getdents(descriptor), path)) > 0) {
      // The buffer is the thread's own, and the consumer may need it.
      MemorySegment entries = Native.scratch().buffer;
      for (int at = 0; at < length; ) {
        byte[] name = name(entries, at + DIRECTORY_ENTRY_NAME_OFFSET);
        boolean dots = name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
        if (!dots) {
          byte type = entries.get(ValueLayout.JAVA_BYTE, at + DIRECTORY_ENTRY_TYPE_OFFSET);
          batch.add(new Found(name, type));
        }
        at += Short.toUnsignedInt(entries.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 16));
      }
      for (Found found : batch) {
        consumer.accept(found.name(), found.type());
      }
      batch.clear();
    }
  }

  private static byte[] name(MemorySegment entries, int start) {
    int end = start;
    while (entries.get(ValueLayout.JAVA_BYTE, end) != 0) {
      end++;
    }
    return entries.asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Native.close(descriptor);
    }
  }
}
