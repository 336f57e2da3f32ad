/**
 * Messages as bytes and back. Every bound is checked here, lengths before allocation; what comes
 * out is valid, so nobody checks again. Generated protobuf stays inside.
 */
@NullMarked
package io.dirsync.protocol.wire;

import org.jspecify.annotations.NullMarked;
