package io.dirsync.it.sim;

import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.Volume;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;

/** A machine's disk: one process at a time has it open as a volume, and users share it. */
interface SimDisk extends Closeable {
  /**
   * The disk for a process that begins; the one before it has ended.
   *
   * @param hook called before each operation of the process
   */
  Volume open(MemoryVolume.StepHook hook);

  /** The process has ended: whatever it still tries fails. */
  void end();

  /** The same, and the power is gone: what was not synced may be lost. */
  void cutPower(RandomGenerator random);

  /** Lets operations of the running process fail. */
  void setFaults(MemoryVolume.FaultPlan plan);

  User user();

  /** What is in a directory; no hook is called. */
  List<Volume.Entry> list(byte[] directory) throws IOException;

  byte[] readLink(byte[] path) throws IOException;

  /** Nobody uses it any more. */
  @Override
  void close() throws IOException;

  /**
   * What people and programs do on a disk, which no hook is told of. Paths and failures are those
   * of {@link Volume}.
   */
  interface User {
    byte[] read(byte[] path) throws IOException;

    /** Replaces a file's content in place; makes the file if need be. */
    void write(byte[] path, byte[] content) throws IOException;

    /** Opens a file for writing, and has it open until that is closed. */
    Closeable holdOpen(byte[] path) throws IOException;

    /** Renames; what stands at the target gives way, a directory only if it is empty. */
    void rename(byte[] from, byte[] to) throws IOException;

    /** Removes a file, a link, or a directory with everything below it. */
    void remove(byte[] path) throws IOException;

    void mkdir(byte[] path) throws IOException;

    void symlink(byte[] target, byte[] path) throws IOException;

    void setMode(byte[] path, int mode) throws IOException;

    /** Sets a file's time. */
    void setMtime(byte[] path, long mtimeNanos) throws IOException;

    /** Makes all that was done durable. */
    void sync();
  }
}
