package io.dirsync.protocol.netty;

import io.dirsync.protocol.Limits;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.NodeKey;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TCP with TLS 1.3 by Netty: epoll and BoringSSL where they are to be had, else Java's own. */
public final class NettyTransport implements Transport {
  private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);

  /** What waits in a channel behind TLS; a control message waits for no more than that. */
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(128 << 10, 512 << 10);

  private static final int CONNECT_MILLIS_MAX = 5000;
  private static final int LOGGED_ONCE_MAX = 1024;

  private final EventLoopGroup loops;
  private final boolean epoll;
  private final Tls tls;
  private final PooledByteBufAllocator allocator =
      new PooledByteBufAllocator(true, 0, 1, 8192, 6, 0, 0, false);
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
  private final AtomicInteger unauthenticated = new AtomicInteger();

  /** Refusals that were logged, so that a peer that goes on trying fills no log. */
  private final Set<String> logged =
      Collections.newSetFromMap(
          Collections.synchronizedMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > LOGGED_ONCE_MAX;
                }
              }));

  public NettyTransport(NodeKey key) {
    this(key, true, Epoll.isAvailable());
  }

  /**
   * @param openSsl whether BoringSSL may be used
   * @param epoll whether epoll is to be used; it must be available
   */
  NettyTransport(NodeKey key, boolean openSsl, boolean epoll) {
    this.epoll = epoll;
    this.tls = new Tls(key, openSsl);
    this.loops =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("network", true),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  @Override
  public String listen(String address, Predicate<NodeId> known, Acceptor acceptor)
      throws IOException {
    InetSocketAddress at = resolve(address);
    if (at.isUnresolved()) {
      throw new IOException("cannot listen at " + address + ": there is no such address");
    }
    SslContext context = tls.server(known);
    Class<? extends ServerChannel> type =
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    var bound =
        new ServerBootstrap()
            .group(loops)
            .channel(type)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, allocator)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel, context, acceptor);
                  }
                })
            .bind(at)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen at " + address + ": " + reason(bound.cause()), bound.cause());
    }
    channels.add(bound.channel());
    InetSocketAddress taken = (InetSocketAddress) bound.channel().localAddress();
    return host(address) + ":" + taken.getPort();
  }

  private void accept(SocketChannel channel, SslContext context, Acceptor acceptor) {
    if (unauthenticated.incrementAndGet() > Limits.UNAUTHENTICATED_MAX) {
      unauthenticated.decrementAndGet();
      logOnce(
          "busy",
          "refusing connections: more than "
              + Limits.UNAUTHENTICATED_MAX
              + " have not shown a key");
      channel.close();
      return;
    }
    SslHandler ssl = context.newHandler(channel.alloc());
    prepare(
        channel,
        ssl,
        new Handshake(
            true,
            acceptor,
            failure -> {
              String from = channel.remoteAddress().getAddress().getHostAddress();
              logOnce(from + failure, "refused a connection from " + from + ": " + failure);
            }));
  }

  private void logOnce(String key, String message) {
    if (logged.add(key)) {
      LOG.warn("{} (said once)", message);
    }
  }

  @Override
  public void dial(String address, NodeId expected, Acceptor acceptor, Consumer<String> failed) {
    SslContext context;
    try {
      context = tls.client(expected);
    } catch (IOException e) {
      failed.accept(String.valueOf(e.getMessage()));
      return;
    }
    InetSocketAddress target;
    try {
      String host = host(address);
      target = InetSocketAddress.createUnresolved(host, port(address));
    } catch (IllegalArgumentException e) {
      failed.accept("'" + address + "' is no address: it is host:port");
      return;
    }
    Class<? extends Channel> type = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    var connecting =
        new Bootstrap()
            .group(loops)
            .channel(type)
            .option(ChannelOption.ALLOCATOR, allocator)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    prepare(
                        channel,
                        context.newHandler(channel.alloc()),
                        new Handshake(false, acceptor, failed));
                  }
                })
            .connect(target);
    connecting.addListener(
        future -> {
          if (!future.isSuccess()) {
            failed.accept(address + ": " + reason(future.cause()));
          }
        });
  }

  private void prepare(SocketChannel channel, SslHandler ssl, Handshake handshake) {
    channels.add(channel);
    channel.closeFuture().addListener(_ -> channels.remove(channel));
    ssl.setHandshakeTimeout(Limits.HANDSHAKE_MAX.toMillis(), TimeUnit.MILLISECONDS);
    channel.pipeline().addLast(handshake.traffic, ssl, new FrameDecoder(), handshake);
  }

  /** Waits for the key, then for the first frame, and makes a connection of the channel. */
  private final class Handshake extends ChannelInboundHandlerAdapter {
    final TrafficCounter traffic = new TrafficCounter();
    private final boolean server;
    private final Acceptor acceptor;
    private final Consumer<String> failed;
    private @Nullable NettyConnection connection;
    private boolean connected;
    private boolean answered;
    private String reason =
        "the peer closed the connection during the handshake; most likely it does not know this node's key";

    Handshake(boolean server, Acceptor acceptor, Consumer<String> failed) {
      this.server = server;
      this.acceptor = acceptor;
      this.failed = failed;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      connected = true;
      context.fireChannelActive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event)
        throws SSLException {
      if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
        return;
      }
      if (!handshake.isSuccess()) {
        reason = reason(handshake.cause());
        context.close();
        return;
      }
      SslHandler ssl = Objects.requireNonNull(context.pipeline().get(SslHandler.class));
      NodeId peer = Tls.peer(ssl.engine().getSession());
      SocketAddress remote = context.channel().remoteAddress();
      NettyConnection made =
          new NettyConnection(
              context.channel(),
              peer,
              remote.toString().replaceFirst("^.*/", ""),
              traffic,
              acceptor::apply);
      connection = made;
      if (server) {
        up(context, made);
      } else {
        // Only the server's first frame shows that it has accepted this side's key.
        var unused =
            context
                .executor()
                .schedule(
                    () -> {
                      if (!made.opened() && !answered) {
                        reason = "the peer said nothing after the handshake";
                        context.close();
                      }
                    },
                    Limits.HANDSHAKE_MAX.toMillis(),
                    TimeUnit.MILLISECONDS);
      }
    }

    private void up(ChannelHandlerContext context, NettyConnection made) {
      answered = true;
      if (server) {
        unauthenticated.decrementAndGet();
      }
      context
          .pipeline()
          .addLast(
              new IdleStateHandler(
                  Limits.SILENCE_MAX.toSeconds(),
                  Limits.IDLE_PING.toSeconds(),
                  0,
                  TimeUnit.SECONDS),
              made);
      made.open();
      context.pipeline().remove(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
      NettyConnection made = connection;
      if (made == null) {
        io.netty.util.ReferenceCountUtil.release(frame);
        return;
      }
      up(context, made);
      made.channelRead(context, frame);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      reason = reason(cause);
      context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!answered) {
        answered = true;
        if (server) {
          unauthenticated.decrementAndGet();
        }
        if (connected) {
          String where =
              context.channel().remoteAddress() == null
                  ? ""
                  : String.valueOf(context.channel().remoteAddress()).replaceFirst("^.*/", "")
                      + ": ";
          failed.accept(server ? reason : where + reason);
        }
      }
    }
  }

  /** What happened, for people. */
  static String reason(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof Tls.UnknownKeyException || each instanceof ProtocolException) {
        return String.valueOf(each.getMessage());
      }
      if (each instanceof NotSslRecordException) {
        return "what came is no TLS";
      }
    }
    if (cause instanceof SSLException || cause.getCause() instanceof SSLException) {
      String message = String.valueOf(cause.getMessage());
      boolean certificate = message.contains("certificate") || message.contains("CERTIFICATE");
      return certificate ? "the peer does not know this node's key" : "TLS failed: " + message;
    }
    return String.valueOf(cause.getMessage());
  }

  private static String host(String address) {
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("no port in " + address);
    }
    String host = address.substring(0, colon);
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private static InetSocketAddress resolve(String address) throws IOException {
    try {
      String host = host(address);
      return host.isEmpty() || host.equals("*")
          ? new InetSocketAddress(port(address))
          : new InetSocketAddress(host, port(address));
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + address + "' is no address to listen at: it is host:port", e);
    }
  }

  @Override
  public void close() {
    for (Channel channel : channels) {
      channel.close();
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
