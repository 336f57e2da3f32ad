package io.dirsync.protocol.wire;

/** The byte behind a frame's length. */
final class MessageType {
  static final int HELLO = 1;
  static final int FOLDER_STATE = 2;
  static final int FOLDER_REFUSED = 3;
  static final int READ_LOG = 4;
  static final int CREDIT = 5;
  static final int LOG_BATCH = 6;
  static final int READ_STATE = 7;
  static final int STATE_BATCH = 8;
  static final int APPLIED = 9;
  static final int FETCH = 10;
  static final int CANCEL = 11;
  static final int FETCH_FAILED = 12;
  static final int PING = 13;
  static final int PONG = 14;
  static final int GOODBYE = 15;
  static final int FETCH_DELTA = 16;
  static final int SIGNATURE_WANTED = 17;
  static final int MORE = 18;
  static final int PACE = 19;
  static final int TWINS = 20;
  static final int STATE_DIFFERS = 21;
  static final int STATE_STRETCHES = 22;
  static final int STATE_END = 23;

  /** Pieces, in no protobuf. */
  static final int DATA = 32;

  static final int SIGNATURE_PART = 33;

  /** Another frame, compressed. */
  static final int COMPRESSED = 34;

  private MessageType() {}
}
