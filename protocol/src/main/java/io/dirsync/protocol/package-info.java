/**
 * What nodes say to each other: {@link io.dirsync.protocol.Message} as sealed records, and the
 * {@link io.dirsync.protocol.Connection} they travel on. Knows neither files nor databases; how a
 * message becomes bytes is {@code wire}'s, how bytes travel is {@code netty}'s.
 */
@NullMarked
package io.dirsync.protocol;

import org.jspecify.annotations.NullMarked;
