/**
 * Whole nodes on one thread under a seed: a scheduler that picks what runs next, connections that
 * are cut at any byte, disks that lose what was not synced, and users who write at any moment. What
 * a node does is its own code; only what it stands on is simulated.
 */
package io.dirsync.it.sim;
