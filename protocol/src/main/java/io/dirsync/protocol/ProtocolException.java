package io.dirsync.protocol;

import java.io.IOException;

/**
 * What came is not of this protocol; the message says which message and field, and the connection
 * ends.
 */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  public ProtocolException(String message) {
    super(message);
  }

  public ProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}
