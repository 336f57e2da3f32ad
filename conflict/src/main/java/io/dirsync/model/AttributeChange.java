package io.dirsync.model;

import java.util.List;

/**
 * Attributes changed since the version shown at a path. Never keeps a deleted path alive and never
 * conflicts: of each attribute the newest stamp counts.
 *
 * @param fields in the order of {@link AttributeName}, each name once, at least one
 */
public record AttributeChange(Dot dot, RelativePath path, List<Field> fields) implements LiveEntry {
  /**
   * One attribute's new value.
   *
   * @param stamp hybrid logical clock in nanoseconds
   */
  public record Field(AttributeName name, AttributeValue value, long stamp) {
    public Field {
      // Proves that type and bounds fit.
      var unused = new Attributes(0, 0).with(name, value);
    }
  }

  public AttributeChange {
    fields = List.copyOf(fields);
    if (fields.isEmpty() || path.isRoot()) {
      throw new IllegalArgumentException("an attribute change has a path and at least one field");
    }
    for (int i = 1; i < fields.size(); i++) {
      if (fields.get(i - 1).name().compareTo(fields.get(i).name()) >= 0) {
        throw new IllegalArgumentException("fields stand in order, each name once");
      }
    }
  }
}
