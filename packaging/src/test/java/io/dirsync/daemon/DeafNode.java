package io.dirsync.daemon;

import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.Resume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A node that knows nothing and refuses everything; tests override what they ask. */
class DeafNode implements NodeControl {
  private static IllegalStateException no() {
    return new IllegalStateException("not now");
  }

  @Override
  public NodeStatus status() {
    throw no();
  }

  @Override
  public CompletableFuture<Flushed> flush(Optional<String> folder, Duration timeout) {
    return CompletableFuture.failedFuture(no());
  }

  @Override
  public CompletableFuture<Scanned> scan(String folder) {
    return CompletableFuture.failedFuture(no());
  }

  @Override
  public CompletableFuture<Resumed> resume(String folder, Resume how) {
    return CompletableFuture.failedFuture(no());
  }

  @Override
  public List<Drifted> drift(String folder) {
    throw no();
  }

  @Override
  public CompletableFuture<Long> revert(String folder) {
    throw no();
  }

  @Override
  public CompletableFuture<Decided> decide(String folder, boolean putBack) {
    return CompletableFuture.failedFuture(no());
  }

  @Override
  public List<Conflict> conflicts() {
    throw no();
  }

  @Override
  public byte[] read(String folder, RelativePath file, int bytesMax) throws IOException {
    throw no();
  }

  @Override
  public CompletableFuture<List<Settled>> resolve(Set<String> ids, Keep keep, boolean trial) {
    return CompletableFuture.failedFuture(no());
  }

  @Override
  public CompletableFuture<List<Settled>> undo(Set<String> ids) {
    return CompletableFuture.failedFuture(no());
  }

  @Override
  public Explained why(String path) {
    throw no();
  }

  @Override
  public History log(String path, long sinceMillis, int most) {
    throw no();
  }
}
