package io.dirsync.conflict;

import java.util.Optional;

/**
 * What a folder does by itself about two writes of one path that did not know of each other. All of
 * them leave alone what has no file at its name: directories merge, and a directory keeps the name.
 */
public sealed interface MergePolicy {
  /**
   * The newest write keeps the name, the others are kept as conflict copies for a while. So it is
   * where nobody has said anything else.
   */
  record Newest() implements MergePolicy {
    @Override
    public String toString() {
      return "newest";
    }
  }

  /** Every line that anyone wrote stands in the file: for files that only grow. */
  record Union() implements MergePolicy {
    @Override
    public String toString() {
      return "union";
    }
  }

  /** What each changed since their common ancestor is put together, where it does not overlap. */
  record Text() implements MergePolicy {
    @Override
    public String toString() {
      return "text";
    }
  }

  /** What a node wrote keeps the name, and what others wrote goes to the trash. */
  record Prefer(String node) implements MergePolicy {
    static final String PREFIX = "prefer:";

    public Prefer {
      if (node.isEmpty()) {
        throw new IllegalArgumentException("a node is to be preferred, but none is named");
      }
    }

    @Override
    public String toString() {
      return PREFIX + node;
    }
  }

  /** As the newest, but nothing happens to the copies until a person decides. */
  record Manual() implements MergePolicy {
    @Override
    public String toString() {
      return "manual";
    }
  }

  /** Whether it ends conflicts by itself. */
  default boolean settles() {
    return switch (this) {
      case Union _, Text _, Prefer _ -> true;
      case Newest _, Manual _ -> false;
    };
  }

  /** The policy that is written so, as {@link Object#toString} writes it; empty if none is. */
  static Optional<MergePolicy> parse(String text) {
    if (text.startsWith(Prefer.PREFIX) && text.length() > Prefer.PREFIX.length()) {
      return Optional.of(new Prefer(text.substring(Prefer.PREFIX.length())));
    }
    return switch (text) {
      case "newest" -> Optional.of(new Newest());
      case "union" -> Optional.of(new Union());
      case "text" -> Optional.of(new Text());
      case "manual" -> Optional.of(new Manual());
      default -> Optional.empty();
    };
  }
}
