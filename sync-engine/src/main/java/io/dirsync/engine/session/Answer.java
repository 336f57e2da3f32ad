package io.dirsync.engine.session;

import java.io.IOException;

/** What is being sent for one request of a peer. On the content server's strand. */
interface Answer {
  long request();

  /** Whether a piece can be sent now. */
  boolean ready();

  /** Sends one piece; true if that was the last. */
  boolean send() throws IOException;

  /** Nothing more is sent. */
  void end();
}
