/**
 * What a node does when its last run did not end as it should: finds what a killed process left in
 * the private directories, and what a power cut took from files that were recorded already.
 */
@NullMarked
package io.dirsync.engine.recovery;

import org.jspecify.annotations.NullMarked;
