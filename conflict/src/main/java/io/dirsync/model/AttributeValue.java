package io.dirsync.model;

/** A value of one attribute: a number (mode, mtime) or a text (owner, group). */
public sealed interface AttributeValue {
  record OfNumber(long value) implements AttributeValue {}

  record OfText(String value) implements AttributeValue {}

  /**
   * @throws IllegalArgumentException if it is a text
   */
  default long number() {
    if (this instanceof OfNumber(long value)) {
      return value;
    }
    throw new IllegalArgumentException("not a number: " + this);
  }

  /**
   * @throws IllegalArgumentException if it is a number
   */
  default String text() {
    if (this instanceof OfText(String value)) {
      return value;
    }
    throw new IllegalArgumentException("not a text: " + this);
  }
}
