package io.dirsync.protocol.netty;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.Transport;
import io.dirsync.protocol.wire.FrameCompressor;
import io.dirsync.protocol.wire.FrameDecompressor;
import io.dirsync.protocol.wire.MessageDecoder;
import io.dirsync.protocol.wire.MessageEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection whose peer has shown its key: the last handler of its channel. */
final class NettyConnection extends ChannelInboundHandlerAdapter implements Connection {
  private static final long NEVER = Long.MAX_VALUE;
  private static final Logger LOG = LoggerFactory.getLogger(NettyConnection.class);

  /** The number of the pings that only keep a line that is idle known to work. */
  private static final long IDLE_PING = 0;

  /** Waiting bytes beyond which no more contents should be given, or no more of all else. */
  private static final long FULL_BYTES = 1L << 20;

  /** Waiting bytes below which more may be given. */
  private static final long ROOM_BYTES = 256L << 10;

  /** Waiting bytes at which whoever sends on regardless loses the connection. */
  private static final long QUEUE_BYTES_MAX = 64L << 20;

  private final Channel channel;
  private final NodeId peer;
  private final String address;
  private final NodeId own;
  private final TrafficCounter traffic;
  private final Timing timing;
  private final RefusalLog refusals;
  private final Outbound outbound = new Outbound();
  private final AtomicBoolean flushing = new AtomicBoolean();
  private final AtomicBoolean full = new AtomicBoolean();
  private final AtomicBoolean contentsFull = new AtomicBoolean();

  /** Somebody was told to wait with the log because of the limit. */
  private final AtomicBoolean logHeld = new AtomicBoolean();

  private final FrameCompressor compressor = new FrameCompressor();
  private final FrameDecompressor decompressor = new FrameDecompressor();

  /** Whether this node's Hello has said that frames may be compressed. */
  private volatile boolean offered;

  /** Whether both have: from here on frames are, and may come so. */
  private volatile boolean agreed;

  private final Bandwidth bandwidth;
  private volatile Bandwidth.@Nullable Pacer pacer;

  /** A look at the queue when the limit allows more has been arranged. On the event loop. */
  private boolean later;

  private final Transport.Acceptor acceptor;
  private @Nullable Handler handler;
  private String closeReason = "the peer closed the connection";
  private volatile boolean closing;

  /** Nothing more is taken in; what follows a bad message may count on it. On the event loop. */
  private boolean deaf;

  /** The peer has said Hello, before which it may say nothing else. On the event loop. */
  private boolean greeted;

  NettyConnection(
      Channel channel,
      NodeId peer,
      NodeId own,
      TrafficCounter traffic,
      Timing timing,
      RefusalLog refusals,
      Bandwidth bandwidth,
      Transport.Acceptor acceptor) {
    this.channel = channel;
    this.peer = peer;
    // Here, as a channel that is closed may not know it any more.
    this.address = String.valueOf(channel.remoteAddress()).replaceFirst("^.*/", "");
    this.own = own;
    this.traffic = traffic;
    this.timing = timing;
    this.refusals = refusals;
    this.bandwidth = bandwidth;
    this.acceptor = acceptor;
  }

  /** Takes the connection up; on the event loop. */
  Handler open() {
    Handler known = handler;
    if (known == null) {
      known = acceptor.apply(this);
      handler = known;
      // Behind the Hello that the acceptor has sent.
      pacer = bandwidth.join(peer, rate -> send(new Message.Pace(rate)));
    }
    return known;
  }

  @Override
  public NodeId peer() {
    return peer;
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public Traffic traffic() {
    return new Traffic(traffic.sent(), traffic.received());
  }

  @Override
  public Set<String> capabilities() {
    return FrameCompressor.available() ? Set.of(Message.Hello.ZSTD) : Set.of();
  }

  // -- out
  // -----------------------------------------------------------------------------------------

  @Override
  public void send(Message message) {
    if (closing || !channel.isActive()) {
      return;
    }
    if (message instanceof Message.Hello hello) {
      offered = hello.capabilities().contains(Message.Hello.ZSTD);
    }
    Outbound.Frame frame = frame(message);
    // Here and not on the event loop, which others' small messages wait for.
    long waiting =
        agreed
            ? compressor.compress(
                frame.head(),
                frame.content(),
                whole -> outbound.add(whole == null ? frame : frame.as(whole)))
            : outbound.add(frame);
    if (waiting > QUEUE_BYTES_MAX) {
      close("too much is waiting to be sent");
      return;
    }
    if (waiting > FULL_BYTES) {
      (frame.isContent() ? contentsFull : full).set(true);
    }
    scheduleFlush();
  }

  private static Outbound.Frame frame(Message message) {
    return Outbound.Frame.of(message, MessageEncoder.encode(message));
  }

  private void scheduleFlush() {
    if (flushing.compareAndSet(false, true)) {
      channel.eventLoop().execute(this::flush);
    }
  }

  private void flush() {
    flushing.set(false);
    boolean written = false;
    while (channel.isWritable()) {
      Outbound.Frame frame = outbound.pollControl();
      if (frame == null && nanosUntilContents() == 0) {
        frame = outbound.pollContent();
      }
      if (frame == null) {
        break;
      }
      written = true;
      write(frame);
    }
    if (written) {
      channel.flush();
    }
    boolean room = full.get() && outbound.controlBytes() < ROOM_BYTES && full.getAndSet(false);
    room |=
        contentsFull.get() && outbound.contentBytes() < ROOM_BYTES && contentsFull.getAndSet(false);
    room |= logHeld.get() && nanosUntilLog() == 0 && logHeld.getAndSet(false);
    Handler known = handler;
    if (room && known != null) {
      known.onWritable();
    }
    flushLater();
  }

  /**
   * What only the limit holds is looked at again when it allows more; at once if it does by now,
   * since writing took that long: nothing else might happen here for seconds.
   */
  private void flushLater() {
    long contents = outbound.contentBytes() > 0 ? nanosUntilContents() : NEVER;
    long log = logHeld.get() ? nanosUntilLog() : NEVER;
    long wait = Math.min(contents, log);
    if (wait == 0 && channel.isWritable()) {
      scheduleFlush();
    } else if (wait > 0 && wait != NEVER && !later) {
      later = true;
      var unused =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    later = false;
                    flush();
                  },
                  wait,
                  TimeUnit.NANOSECONDS);
    }
  }

  private long nanosUntilContents() {
    Bandwidth.Pacer known = pacer;
    return known == null ? 0 : known.nanosUntilContents();
  }

  private long nanosUntilLog() {
    Bandwidth.Pacer known = pacer;
    return known == null ? 0 : known.nanosUntilLog();
  }

  private void write(Outbound.Frame frame) {
    Bandwidth.Pacer known = pacer;
    if (known != null) {
      known.spend(frame.bytes());
    }
    ByteBuf out = Unpooled.wrappedBuffer(frame.head());
    if (frame.content().length > 0) {
      out = Unpooled.wrappedBuffer(out, Unpooled.wrappedBuffer(frame.content()));
    }
    channel.write(out).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  @Override
  public boolean writable() {
    if (full.get() || !channel.isActive()) {
      return false;
    }
    if (nanosUntilLog() == 0) {
      return true;
    }
    logHeld.set(true);
    scheduleFlush();
    return false;
  }

  @Override
  public boolean roomForContents() {
    return !contentsFull.get() && channel.isActive();
  }

  @Override
  public void close(String reason) {
    channel.eventLoop().execute(() -> end(reason));
  }

  private void end(String reason) {
    if (closing) {
      return;
    }
    closing = true;
    deaf = true;
    closeReason = reason;
    outbound.clear();
    write(frame(new Message.Goodbye(shorten(reason))));
    channel.flush();
    channel.close();
  }

  private static String shorten(String reason) {
    return reason.length() > Limits.REASON_CHARS_MAX
        ? reason.substring(0, Limits.REASON_CHARS_MAX)
        : reason;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      scheduleFlush();
    }
  }

  // -- in
  // ------------------------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    ByteBuf in = (ByteBuf) frame;
    try {
      if (deaf) {
        return;
      }
      Message message = read(in);
      expectInOrder(message);
      switch (message) {
        case Message.Ping(long number) -> send(new Message.Pong(number));
        case Message.Pong(long number) when number == IDLE_PING -> {
          // That it came is all that was asked.
        }
        case Message.Pace(long rate) -> pace(rate);
        case Message.Hello hello -> {
          agreed = offered && hello.capabilities().contains(Message.Hello.ZSTD);
          open().onMessage(hello);
        }
        case Message.Goodbye(String reason) -> {
          closeReason = "the peer says: " + reason;
          deaf = true;
          open().onMessage(message);
          context.close();
        }
        default -> open().onMessage(message);
      }
    } catch (ProtocolException e) {
      refuse(e);
    } finally {
      in.release();
    }
  }

  /** Hello comes first, and once; but a peer may hang up without it if it says why. */
  private void expectInOrder(Message message) throws ProtocolException {
    boolean hello = message instanceof Message.Hello;
    if (hello && greeted) {
      throw new ProtocolException("Hello came twice");
    }
    greeted |= hello;
    if (!greeted && !(message instanceof Message.Goodbye)) {
      throw new ProtocolException(message.getClass().getSimpleName() + " came before Hello");
    }
  }

  /** The time for Hello is up. */
  void expectHello() {
    if (!greeted) {
      refuse(new ProtocolException("no Hello came in " + timing.handshakeMax().toSeconds() + " s"));
    }
  }

  /** What the peer has sent until it hung up was not even a frame. */
  private void expectHelloBeforeTheEnd() {
    if (!greeted && !deaf) {
      log(new ProtocolException("it hung up without Hello"));
    }
  }

  private void pace(long rate) {
    open();
    Bandwidth.Pacer known = pacer;
    if (known != null) {
      known.asked(rate);
      scheduleFlush();
    }
  }

  private Message read(ByteBuf in) throws ProtocolException {
    int type = in.getUnsignedByte(in.readerIndex());
    if (!FrameDecompressor.isCompressed(type)) {
      return message(in);
    }
    if (!agreed) {
      throw new ProtocolException("a compressed frame came, which was not agreed upon");
    }
    in.skipBytes(1);
    return message(Unpooled.wrappedBuffer(decompressor.decompress(rest(in))));
  }

  private static byte[] rest(ByteBuf in) {
    byte[] bytes = new byte[in.readableBytes()];
    in.readBytes(bytes);
    return bytes;
  }

  private static Message message(ByteBuf in) throws ProtocolException {
    int type = in.readUnsignedByte();
    if (!MessageDecoder.isPiece(type)) {
      return MessageDecoder.decode(type, rest(in));
    }
    if (in.readableBytes() < MessageEncoder.PIECE_HEADER_BYTES) {
      throw new ProtocolException("a piece is too short");
    }
    long request = in.readLong();
    long offset = in.readLong();
    int flags = in.readUnsignedByte();
    return MessageDecoder.piece(type, request, offset, flags, rest(in));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent idle) {
      if (idle.state() == IdleState.READER_IDLE) {
        closeReason = "the peer has been silent for " + timing.silenceMax().toSeconds() + " s";
        context.close();
      } else {
        send(new Message.Ping(IDLE_PING));
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Throwable inner = cause instanceof DecoderException ? cause.getCause() : cause;
    if (inner instanceof ProtocolException protocol) {
      refuse(protocol);
      return;
    }
    if (inner instanceof RuntimeException) {
      LOG.error("a message from {} was not handled; closing the connection", peer, cause);
    }
    expectHelloBeforeTheEnd();
    deaf = true;
    closeReason = Failure.inWords(cause, own);
    context.close();
  }

  /** The peer does not keep to the protocol: what it sent after that is not looked at. */
  private void refuse(ProtocolException cause) {
    if (deaf) {
      // Said already; what follows in the same bytes says no more.
      return;
    }
    log(cause);
    end(String.valueOf(cause.getMessage()));
  }

  private void log(ProtocolException cause) {
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    refusals.refused(
        host, "closing the connection with " + peer + " at " + host + ": " + cause.getMessage());
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    expectHelloBeforeTheEnd();
    closing = true;
    outbound.clear();
    compressor.close();
    decompressor.close();
    Bandwidth.Pacer paced = pacer;
    if (paced != null) {
      paced.leave();
    }
    Handler known = handler;
    if (known != null) {
      known.onClosed(closeReason);
    }
  }
}
