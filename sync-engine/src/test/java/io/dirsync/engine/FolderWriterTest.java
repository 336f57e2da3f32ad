package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In which order things follow from a change. */
final class FolderWriterTest {
  private final List<String> done = new ArrayList<>();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final SystemEnvironment environment = new SystemEnvironment(1);
  private boolean diskBroken;

  private final FolderStore store = observed(new MemoryFolderStore());
  private final FolderWriter writer =
      new FolderWriter(
          store, new Queued(), environment, new ReplicaId("own", 1), LogEpochs.NONE, new Told());

  /** Tells of each sync, and fails it if the disk is broken. */
  private FolderStore observed(FolderStore actual) {
    return (FolderStore)
        Proxy.newProxyInstance(
            FolderStore.class.getClassLoader(),
            new Class<?>[] {FolderStore.class},
            (_, method, arguments) -> {
              if (method.getName().equals("sync")) {
                if (diskBroken) {
                  throw new IOException("input/output error");
                }
                done.add("synced");
              }
              try {
                return method.invoke(actual, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private final class Queued implements Lane {
    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public void after(Duration delay, Runnable task) {
      tasks.add(task);
    }

    @Override
    public void close() {
      tasks.clear();
    }
  }

  private final class Told implements FolderWriter.Listener {
    @Override
    public void committed(boolean logged) {
      done.add(logged ? "told of the log" : "committed");
    }

    @Override
    public void durable() {
      done.add("durable");
    }

    @Override
    public void broken(String reason) {
      done.add("broken: " + reason);
    }
  }

  @AfterEach
  void close() {
    environment.close();
  }

  private void run() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  private void write(String effect) {
    writer.write(
        transaction -> {
          writer.append(transaction, new Event(List.of(), Set.of(), Set.of()), null);
          writer.afterCommit(() -> done.add(effect));
        });
  }

  @Test
  void peersHearOfAChangeAtOnceAndNothingElseFollowsBeforeItIsDurable() {
    write("first");
    write("second");
    run();
    assertThat(done).containsExactly("told of the log", "synced", "first", "second", "durable");
  }

  @Test
  void nothingFollowsFromWhatCouldNotBeMadeDurable() {
    diskBroken = true;
    write("first");
    run();
    assertThat(done)
        .containsExactly(
            "told of the log", "broken: its database cannot be written: input/output error");
  }

  @Test
  void whatAPowerCutMayTakeBackIsMadeDurableWithWhatComesAfterIt() {
    writer.writeLazily(_ -> writer.afterCommit(() -> done.add("lazy")));
    run();
    assertThat(done).containsExactly("committed", "lazy");
    done.clear();
    writer.writeLazily(_ -> writer.afterCommit(() -> done.add("lazy")));
    write("first");
    run();
    assertThat(done).containsExactly("told of the log", "synced", "lazy", "first", "durable");
  }
}
