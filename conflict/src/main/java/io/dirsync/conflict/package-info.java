/**
 * The verdicts: how events merge into a state ({@link io.dirsync.conflict.Merge}), which tree a
 * state stands for ({@link io.dirsync.conflict.Renderer}), and which event a user's write is
 * ({@link io.dirsync.conflict.Writes}). Pure: the state comes in through {@link
 * io.dirsync.conflict.LiveState}; no files, clocks, threads or logging, so that all replicas decide
 * alike.
 */
@NullMarked
package io.dirsync.conflict;

import org.jspecify.annotations.NullMarked;
