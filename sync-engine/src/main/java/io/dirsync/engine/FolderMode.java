package io.dirsync.engine;

import java.util.Optional;

/** In which direction a node takes part in a folder. */
public enum FolderMode {
  /** What is written here goes to the peers, and what they write comes here. */
  TWO_WAY("two-way"),

  /** What is written here goes to the peers; what they write is known, and not put on this disk. */
  SEND_ONLY("send-only"),

  /** What peers write comes here; what is written here is listed as drift, and goes nowhere. */
  RECEIVE_ONLY("receive-only");

  private final String words;

  FolderMode(String words) {
    this.words = words;
  }

  /** As it is configured. */
  public String words() {
    return words;
  }

  /** The mode that is configured so; empty if none is. */
  public static Optional<FolderMode> parse(String words) {
    for (FolderMode mode : values()) {
      if (mode.words.equals(words)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}
