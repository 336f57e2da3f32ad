/** The commands that people and scripts type, and the screens they read. */
@NullMarked
package io.dirsync.cli;

import org.jspecify.annotations.NullMarked;
