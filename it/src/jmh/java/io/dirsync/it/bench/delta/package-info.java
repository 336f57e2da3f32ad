/** What a delta costs: the signature of a basis, and the search for its blocks in a content. */
package io.dirsync.it.bench.delta;
