package io.dirsync.conflict;

import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import java.util.Set;

/**
 * What came of taking an event in.
 *
 * @param news what of it was new, to be logged so that others get it from this node too
 * @param touched every path whose rendering may have changed
 */
public record Taken(Event news, Set<RelativePath> touched) {}
