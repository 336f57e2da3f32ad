package io.dirsync.fs;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class PosixVolumeContractTest extends VolumeContractTest {
  @TempDir private Path root = Path.of("");

  @Override
  protected Volume open() throws IOException {
    return PosixVolume.at(root);
  }
}
