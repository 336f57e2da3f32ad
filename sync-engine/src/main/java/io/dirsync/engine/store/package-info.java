/**
 * What a folder remembers: change log, live set, context, what is shown, where contents lie, peers'
 * cursors. On RocksDB, and in memory for the simulator; one contract test holds over both.
 */
@NullMarked
package io.dirsync.engine.store;

import org.jspecify.annotations.NullMarked;
