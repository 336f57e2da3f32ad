package io.dirsync.cli;

import io.dirsync.daemon.Daemon;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "daemon", description = "Run the node; what systemd starts.")
final class DaemonCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() throws Exception {
    Daemon daemon = Daemon.start(config.read());
    CountDownLatch stop = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(daemon::close));
    // The signal that ends the process runs the hook; nothing else ends it.
    stop.await();
    return ExitCode.DONE;
  }
}
