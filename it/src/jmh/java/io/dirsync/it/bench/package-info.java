/**
 * Microbenchmarks of the parts that move the most bytes, by what they measure. Where a program that
 * people know does the same work, its time is measured beside ours, on the same files. Nothing here
 * decides whether a build passes.
 */
package io.dirsync.it.bench;
