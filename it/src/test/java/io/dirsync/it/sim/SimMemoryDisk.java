package io.dirsync.it.sim;

import io.dirsync.fs.MemoryUser;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.Volume;
import java.io.Closeable;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A disk that keeps every promise, and loses what was not synced when the power goes. */
final class SimMemoryDisk implements SimDisk {
  private static final MemoryVolume.StepHook NOTHING = (_, _) -> {};

  private MemoryVolume volume;
  private MemoryVolume.StepHook hook = NOTHING;
  private boolean opened;

  SimMemoryDisk(InstantSource clock) {
    volume = new MemoryVolume(clock);
  }

  /**
   * @param capacityBytes how much file content has room, in pages of 4 KiB
   */
  SimMemoryDisk(InstantSource clock, long capacityBytes) {
    volume = new MemoryVolume(clock, capacityBytes);
  }

  @Override
  public Volume open(MemoryVolume.StepHook told) {
    if (opened) {
      end();
    }
    opened = true;
    hook = told;
    volume.setStepHook(told);
    return volume;
  }

  @Override
  public void end() {
    replace(volume.restart());
  }

  @Override
  public void cutPower(RandomGenerator random) {
    replace(volume.crash(random));
  }

  private void replace(MemoryVolume next) {
    volume = next;
    hook = NOTHING;
    opened = false;
  }

  @Override
  public void setFaults(MemoryVolume.FaultPlan plan) {
    volume.setFaults(plan);
  }

  @Override
  public List<Volume.Entry> list(byte[] directory) throws IOException {
    List<Volume.Entry> entries = new ArrayList<>();
    volume.setStepHook(NOTHING);
    try {
      volume.list(directory, entries::add);
    } finally {
      volume.setStepHook(hook);
    }
    return entries;
  }

  @Override
  public byte[] readLink(byte[] path) throws IOException {
    volume.setStepHook(NOTHING);
    try {
      return volume.readLink(path);
    } finally {
      volume.setStepHook(hook);
    }
  }

  @Override
  public void close() {
    end();
  }

  @Override
  public User user() {
    MemoryUser user = volume.user();
    return new User() {
      @Override
      public byte[] read(byte[] path) throws IOException {
        return user.read(path);
      }

      @Override
      public void write(byte[] path, byte[] content) throws IOException {
        user.write(path, content);
      }

      @Override
      public Closeable holdOpen(byte[] path) throws IOException {
        return user.openForWriting(path);
      }

      @Override
      public void rename(byte[] from, byte[] to) throws IOException {
        user.rename(from, to);
      }

      @Override
      public void remove(byte[] path) throws IOException {
        user.remove(path);
      }

      @Override
      public void mkdir(byte[] path) throws IOException {
        user.mkdir(path);
      }

      @Override
      public void symlink(byte[] target, byte[] path) throws IOException {
        user.symlink(target, path);
      }

      @Override
      public void setMode(byte[] path, int mode) throws IOException {
        user.setMode(path, mode);
      }

      @Override
      public void setMtime(byte[] path, long mtimeNanos) throws IOException {
        user.setMtime(path, mtimeNanos);
      }

      @Override
      public void sync() {
        user.sync();
      }
    };
  }
}
