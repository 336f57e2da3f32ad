/** What it costs to remember: the change log on RocksDB. */
package io.dirsync.it.bench.store;
