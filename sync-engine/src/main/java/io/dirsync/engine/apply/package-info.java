/**
 * From the tree that should be to the disk: plan, stage, publish without losing a local write,
 * trash.
 */
@NullMarked
package io.dirsync.engine.apply;

import org.jspecify.annotations.NullMarked;
