package io.dirsync.protocol.netty;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.Transport;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the peer's key, on the client also for the server's first frame, and then makes a
 * connection of the channel. Only that frame shows the client that the server has taken its key: in
 * TLS 1.3 the client's handshake ends before the server has looked at it.
 */
final class Handshake extends ChannelInboundHandlerAdapter {
  private final NodeId own;
  private final Timing timing;
  private final RefusalLog refusals;
  private final Bandwidth bandwidth;
  private final Side side;
  private final TrafficCounter traffic = new TrafficCounter();
  private @Nullable NettyConnection connection;
  private @Nullable String reason;
  private boolean settled;

  /** Which end of the connection this is. */
  sealed interface Side {
    Transport.Acceptor acceptor();

    /** Told why, if it comes to no connection. */
    Consumer<String> failed();
  }

  /**
   * It was accepted.
   *
   * @param known asked once more when TLS is done, as a resumed TLS session shows no certificate
   * @param authenticated run when the client has shown a known key
   */
  record Server(
      Predicate<NodeId> known,
      Runnable authenticated,
      Transport.Acceptor acceptor,
      Consumer<String> failed)
      implements Side {}

  /** It was dialed. */
  record Client(Transport.Acceptor acceptor, Consumer<String> failed) implements Side {}

  Handshake(NodeId own, Timing timing, RefusalLog refusals, Bandwidth bandwidth, Side side) {
    this.own = own;
    this.timing = timing;
    this.refusals = refusals;
    this.bandwidth = bandwidth;
    this.side = side;
  }

  TrafficCounter traffic() {
    return traffic;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws SSLException {
    if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
      // What the idle handler says is for the connection behind.
      context.fireUserEventTriggered(event);
      return;
    }
    if (!handshake.isSuccess()) {
      end(context, Failure.inWords(handshake.cause(), own));
      return;
    }
    SslHandler ssl = Objects.requireNonNull(context.pipeline().get(SslHandler.class));
    NodeId peer = Tls.peer(ssl.engine().getSession());
    NettyConnection made =
        new NettyConnection(
            context.channel(), peer, own, traffic, timing, refusals, bandwidth, side.acceptor());
    connection = made;
    switch (side) {
      case Server server when server.known().test(peer) -> up(context, made);
      case Server _ -> {
        connection = null;
        end(context, Tls.stranger(peer));
      }
      case Client _ -> {
        var unused =
            context
                .executor()
                .schedule(
                    () -> {
                      if (!settled) {
                        end(context, "the peer said nothing after the handshake");
                      }
                    },
                    timing.handshakeMax().toMillis(),
                    TimeUnit.MILLISECONDS);
      }
    }
  }

  private void up(ChannelHandlerContext context, NettyConnection made) {
    settled = true;
    if (side instanceof Server server) {
      server.authenticated().run();
    }
    // Before TLS, where every byte counts: on a slow line one frame takes longer than the silence.
    context
        .pipeline()
        .addAfter(
            context.pipeline().context(traffic).name(),
            null,
            new IdleStateHandler(
                timing.silenceMax().toMillis(),
                timing.idlePing().toMillis(),
                0,
                TimeUnit.MILLISECONDS));
    context.pipeline().addLast(made);
    made.open();
    var unused =
        context
            .executor()
            .schedule(made::expectHello, timing.handshakeMax().toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    NettyConnection made = connection;
    if (made == null) {
      io.netty.util.ReferenceCountUtil.release(frame);
      return;
    }
    if (!settled) {
      up(context, made);
    }
    context.fireChannelRead(frame);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    NettyConnection made = connection;
    if (!settled && made != null && cause.getCause() instanceof ProtocolException) {
      // The server's first frame, if a bad one: what comes is refused as it is later on.
      up(context, made);
    }
    if (settled) {
      context.fireExceptionCaught(cause);
      return;
    }
    end(context, Failure.inWords(cause, own));
  }

  private void end(ChannelHandlerContext context, String why) {
    if (reason == null) {
      reason = why;
    }
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (settled) {
      context.fireChannelInactive();
      return;
    }
    settled = true;
    String why = reason;
    if (why == null) {
      why =
          side instanceof Client && connection != null
              ? "it closed the connection, most likely because " + Failure.untrusted(own)
              : "it closed the connection during the handshake";
    }
    side.failed().accept(why);
  }
}
