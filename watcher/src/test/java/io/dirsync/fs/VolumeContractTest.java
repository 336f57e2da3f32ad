package io.dirsync.fs;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What every {@link Volume} promises, subject by subject. A subclass opens one at a fresh, empty
 * directory, and says which promises its file system cannot keep.
 */
abstract class VolumeContractTest
    implements VolumePathsContract,
        VolumeStagingContract,
        VolumeContentContract,
        VolumeTreeContract,
        VolumeAttributesContract {
  private Volume volume;

  /** A volume at an empty root; closed after the test. */
  protected abstract Volume open() throws IOException;

  @Override
  public final Volume volume() {
    return volume;
  }

  @BeforeEach
  void openVolume() throws IOException {
    volume = open();
  }

  @AfterEach
  void closeVolume() throws IOException {
    volume.close();
  }
}
