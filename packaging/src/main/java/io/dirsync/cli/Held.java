package io.dirsync.cli;

import com.google.gson.JsonObject;

/** What one version holds, in a few words. */
final class Held {
  private Held() {}

  /**
   * The size of a file, where a link points, or that it is a directory.
   *
   * @param version as the daemon describes it
   */
  static String of(JsonObject version) {
    String kind = version.get("kind").getAsString();
    return switch (kind) {
      case "file" -> Sizes.bytes(version.get("bytes").getAsLong());
      case "symlink" -> "-> " + Plain.of(version.get("target").getAsString());
      default -> kind;
    };
  }
}
