package io.dirsync.engine;

import io.dirsync.engine.scan.PolicyRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of a folder without peers, patterns and policies, for tests. */
final class PlainFolder {
  private PlainFolder() {}

  static FolderSettings settings(String name, Path root, FolderMode mode) {
    return new FolderSettings(
        name,
        root,
        List.of(),
        List.of(),
        false,
        Duration.ofHours(1),
        Optional.empty(),
        Duration.ofDays(30),
        Duration.ofDays(30),
        PolicyRules.NONE,
        mode,
        MaxDelete.USUAL,
        FolderSettings.LOG_ENTRIES_USUAL);
  }
}
