package io.dirsync.model;

/** What a node's live set holds: a version, or a change of attributes alone. */
public sealed interface LiveEntry permits Version, AttributeChange {
  Dot dot();

  RelativePath path();
}
