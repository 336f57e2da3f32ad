package io.dirsync.model;

/**
 * The attributes that travel with a path.
 *
 * @param mode permission bits, 0 to 0777
 * @param mtimeNanos nanoseconds since 1970-01-01T00:00Z, negative before; zero for directories,
 *     whose times are not carried
 * @param owner the owner's name, or empty where the folder does not carry owners
 * @param group the group's name, or empty
 */
public record Attributes(int mode, long mtimeNanos, String owner, String group) {
  public static final int MODE_BITS = 0777;
  public static final int NAME_CHARS_MAX = 256;

  public Attributes {
    if ((mode & ~MODE_BITS) != 0) {
      throw new IllegalArgumentException(
          "a mode has the bits 0777: " + Integer.toOctalString(mode));
    }
    if (owner.length() > NAME_CHARS_MAX || group.length() > NAME_CHARS_MAX) {
      throw new IllegalArgumentException("an owner's name is too long");
    }
  }

  public Attributes(int mode, long mtimeNanos) {
    this(mode, mtimeNanos, "", "");
  }

  /** One attribute's value. */
  public AttributeValue get(AttributeName name) {
    return switch (name) {
      case MODE -> new AttributeValue.OfNumber(mode);
      case MTIME -> new AttributeValue.OfNumber(mtimeNanos);
      case OWNER -> new AttributeValue.OfText(owner);
      case GROUP -> new AttributeValue.OfText(group);
    };
  }

  /**
   * These attributes with one of them replaced.
   *
   * @throws IllegalArgumentException if the value is not of the attribute's type or out of bounds
   */
  public Attributes with(AttributeName name, AttributeValue value) {
    return switch (name) {
      case MODE -> new Attributes(Math.toIntExact(value.number()), mtimeNanos, owner, group);
      case MTIME -> new Attributes(mode, value.number(), owner, group);
      case OWNER -> new Attributes(mode, mtimeNanos, value.text(), group);
      case GROUP -> new Attributes(mode, mtimeNanos, owner, value.text());
    };
  }
}
