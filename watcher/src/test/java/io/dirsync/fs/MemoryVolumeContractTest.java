package io.dirsync.fs;

import java.time.InstantSource;

final class MemoryVolumeContractTest extends VolumeContractTest {
  @Override
  protected Volume open() {
    return new MemoryVolume(InstantSource.system());
  }
}
