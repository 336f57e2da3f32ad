/**
 * The file-system boundary: a {@link io.dirsync.fs.Volume} is one folder's root and everything
 * below it, reached relative to the root and never through a symbolic link. Names are bytes.
 * Hashing and deciding live elsewhere.
 */
@NullMarked
package io.dirsync.fs;

import org.jspecify.annotations.NullMarked;
