/** Connections over TCP and TLS 1.3 by Netty, keys pinned both ways. Netty's types stay inside. */
@NullMarked
package io.dirsync.protocol.netty;

import org.jspecify.annotations.NullMarked;
