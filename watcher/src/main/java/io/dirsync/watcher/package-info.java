/**
 * What may have changed below a root: {@link io.dirsync.watcher.Watcher} gives hints, never facts;
 * who receives one looks for itself. Overflow and the limit of watches are hints too. Deciding and
 * hashing live elsewhere.
 */
@NullMarked
package io.dirsync.watcher;

import org.jspecify.annotations.NullMarked;
