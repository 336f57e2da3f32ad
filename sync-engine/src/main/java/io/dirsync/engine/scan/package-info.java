/** From hints and listings to observations of what the disk holds, hashing only what changed. */
@NullMarked
package io.dirsync.engine.scan;

import org.jspecify.annotations.NullMarked;
