package io.dirsync.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class NioVolumeOnDiskContractTest extends VolumeContractTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit fills it in
  private Path directory;

  @Override
  protected Volume open() throws IOException {
    return NioVolume.open(directory);
  }

  @Override
  public boolean exchangesInOneStep() {
    return false;
  }

  @Override
  public boolean takesAnyBytes() {
    return false;
  }

  /** The JDK writes names in the encoding of the locale that it was started in. */
  @Override
  public boolean takesUnicode() {
    return "UTF-8".equals(System.getProperty("sun.jnu.encoding"));
  }

  @Override
  public boolean tellsHoles() {
    return false;
  }

  @Override
  public boolean setsOwners() {
    try {
      return Files.getAttribute(directory, "unix:uid").equals(0);
    } catch (IOException e) {
      return false;
    }
  }

  /** The JDK sets a link's time by lutimes. */
  @Override
  public long linkMtimeGranularityNanos() {
    return 1_000;
  }
}
