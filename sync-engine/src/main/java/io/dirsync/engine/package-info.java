/**
 * One node: its folders, each with a single writer, and what it tells its operator. Knows no Netty
 * and no protobuf; clocks, threads, volumes, watchers, stores and connections are given to it, so
 * that a simulator can run many nodes on one thread.
 */
@NullMarked
package io.dirsync.engine;

import org.jspecify.annotations.NullMarked;
