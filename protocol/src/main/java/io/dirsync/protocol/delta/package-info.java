/**
 * Finds what a content shares with an older one, and rebuilds it from the older one and the rest.
 * Pure: reads byte ranges through {@link io.dirsync.protocol.delta.ReadAt} and returns values; no
 * files, no connections, no clocks. A delta is a good guess, made with short hashes that are not
 * cryptographic: whoever rebuilds a content checks its content hash before using it, and asks for
 * the whole content if it does not fit.
 */
@NullMarked
package io.dirsync.protocol.delta;

import org.jspecify.annotations.NullMarked;
