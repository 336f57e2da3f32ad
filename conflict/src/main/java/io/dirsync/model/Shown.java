package io.dirsync.model;

import java.util.Set;

/**
 * One path as a state renders it, and as the disk was made to show it: all that someone who acts on
 * the path is taken to have seen.
 *
 * @param dots of the versions that this stands for; none for a directory that only its children
 *     imply
 * @param attributeDots of the attribute changes that this stands for
 */
public record Shown(Content content, Attributes attributes, Set<Dot> dots, Set<Dot> attributeDots) {
  public Shown {
    dots = Set.copyOf(dots);
    attributeDots = Set.copyOf(attributeDots);
  }
}
