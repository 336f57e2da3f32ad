package io.dirsync.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * Says who ended a conflict by an event, or took that back, and by what. It is for people: nothing
 * that is merged or shown depends on it.
 *
 * @param node whose event it is, by its name
 * @param rule the policy, or what a person said is to be kept, or how long copies are kept; empty
 *     if there is nothing to say
 * @param pattern of the paths that the policy is for; empty if it is for all
 */
public record Ending(By by, String node, String rule, String pattern) {
  public static final int TEXT_CHARS_MAX = 256;

  /** Who decided. */
  public enum By {
    POLICY(1),
    PERSON(2),
    /** Nobody has resolved it for as long as copies are kept. */
    TIME(3),
    /** A person took a resolution back. */
    UNDO(4);

    private final int code;

    By(int code) {
      this.code = code;
    }

    /** The number that stands for it on the wire and in stores. */
    public int code() {
      return code;
    }

    /** Empty if none has the number here: then a later dirsync has written it. */
    public static Optional<By> of(int code) {
      return Arrays.stream(values()).filter(by -> by.code == code).findFirst();
    }
  }

  public Ending {
    node = bounded(node);
    rule = bounded(rule);
    pattern = bounded(pattern);
  }

  private static String bounded(String text) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a text has a control character");
    }
    if (text.length() <= TEXT_CHARS_MAX) {
      return text;
    }
    int end = TEXT_CHARS_MAX - 1;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
  }
}
