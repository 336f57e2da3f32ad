/**
 * The nouns of replication: who wrote ({@link io.dirsync.model.ReplicaId}), what was written
 * ({@link io.dirsync.model.Dot}, {@link io.dirsync.model.Version}, {@link
 * io.dirsync.model.AttributeChange}), where ({@link io.dirsync.model.RelativePath}) and what a node
 * knows ({@link io.dirsync.model.VersionVector}). Immutable values that cannot be built wrong.
 *
 * <p>No I/O, no clocks, no threads and no logging live here.
 */
@NullMarked
package io.dirsync.model;

import org.jspecify.annotations.NullMarked;
