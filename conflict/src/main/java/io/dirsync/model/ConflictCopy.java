package io.dirsync.model;

/**
 * A version that lost its name to another and is kept in the conflict area.
 *
 * @param path the path it was written to
 * @param stamp the version's stamp, in nanoseconds
 */
public record ConflictCopy(
    RelativePath path, Dot dot, Content content, Attributes attributes, long stamp) {}
