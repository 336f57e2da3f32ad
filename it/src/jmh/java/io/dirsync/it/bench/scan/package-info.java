/** What a look at the disk costs: at one file's bytes, and at a whole tree that has not changed. */
package io.dirsync.it.bench.scan;
