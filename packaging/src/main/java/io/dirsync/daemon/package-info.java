/**
 * Puts a node together from its configuration and runs it: configuration file, keys on disk, the
 * admin socket. Nothing imports this but the command line.
 */
@NullMarked
package io.dirsync.daemon;

import org.jspecify.annotations.NullMarked;
