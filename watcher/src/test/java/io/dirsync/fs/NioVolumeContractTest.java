package io.dirsync.fs;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;

final class NioVolumeContractTest extends VolumeContractTest {
  private final FileSystem fileSystem =
      Jimfs.newFileSystem(
          Configuration.unix().toBuilder().setAttributeViews("basic", "posix", "unix").build());

  @Override
  protected Volume open() throws IOException {
    Path root = fileSystem.getPath("/srv/folder");
    Files.createDirectories(root);
    return NioVolume.open(root);
  }

  @AfterEach
  void closeFileSystem() throws IOException {
    fileSystem.close();
  }

  @Override
  public boolean exchangesInOneStep() {
    return false;
  }

  @Override
  public boolean takesAnyBytes() {
    return false;
  }

  @Override
  public boolean tellsHoles() {
    return false;
  }

  @Override
  public boolean setsAllModeBits() {
    return false;
  }

  @Override
  public boolean setsOwners() {
    return false;
  }

  @Override
  public boolean tellsAllOfStatus() {
    return false;
  }
}
