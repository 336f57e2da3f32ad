/**
 * Every interleaving of a few acts of users, deliveries and steps of the disk, on a few nodes: what
 * the simulator meets by chance is met here by exhaustion. Over the model alone; no files, no
 * clocks.
 */
@NullMarked
package io.dirsync.it.scope;

import org.jspecify.annotations.NullMarked;
