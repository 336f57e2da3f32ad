package io.dirsync.cli;

import io.dirsync.daemon.Configuration;
import io.dirsync.daemon.Daemon;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "daemon", description = "Run the node; what systemd starts.")
final class DaemonCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() throws Exception {
    Daemon daemon = start(config.read());
    CountDownLatch stop = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(daemon::close));
    // The signal that ends the process runs the hook; nothing else ends it.
    stop.await();
    return ExitCode.DONE;
  }

  private static Daemon start(Configuration configuration) throws IOException, CommandException {
    Path data = configuration.node().dataDirectory();
    try {
      return Daemon.start(configuration);
    } catch (AccessDeniedException e) {
      if (e.getFile() != null && Path.of(e.getFile()).startsWith(data)) {
        throw Denied.data(data, e, "no daemon was started; one that runs already goes on");
      }
      throw e;
    }
  }
}
