package io.dirsync.protocol.netty;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.NodeKey;
import io.dirsync.protocol.Transport;
import io.dirsync.protocol.wire.FrameCompressor;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
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
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TCP with TLS 1.3 by Netty: epoll and BoringSSL where they are to be had, else Java's own. */
public final class NettyTransport implements Transport {
  /** What the kernel says of a port that another process has. */
  private static final String IN_USE = "in use";

  private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);

  /** What waits in a channel behind TLS; a control message waits for no more than that. */
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(128 << 10, 512 << 10);

  private static final int CONNECT_MILLIS_MAX = 5000;

  private final EventLoopGroup loops;
  private final boolean epoll;
  private final Tls tls;
  private final PooledByteBufAllocator allocator =
      new PooledByteBufAllocator(true, 0, 1, 8192, 6, 0, 0, false);
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
  private final AtomicInteger unauthenticated = new AtomicInteger();

  private final NodeId own;
  private final Timing timing;
  private final RefusalLog refusals;
  private final Bandwidth bandwidth;

  /**
   * @param openSsl whether BoringSSL may be used
   * @param epoll whether epoll is to be used; it must be available
   * @param refusals told of each connection refused
   */
  record Setup(
      boolean openSsl, boolean epoll, Timing timing, RefusalLog refusals, Bandwidth bandwidth) {
    static Setup standard(Bandwidth bandwidth) {
      return new Setup(
          true,
          Epoll.isAvailable(),
          Timing.STANDARD,
          new RefusalLog(InstantSource.system(), LOG::warn),
          bandwidth);
    }
  }

  /**
   * @param bandwidth what holds for the connections
   */
  public NettyTransport(NodeKey key, Bandwidth bandwidth) {
    this(key, Setup.standard(bandwidth));
  }

  NettyTransport(NodeKey key, Setup setup) {
    this.own = key.id();
    this.timing = setup.timing();
    this.refusals = setup.refusals();
    this.bandwidth = setup.bandwidth();
    this.epoll = setup.epoll();
    this.tls = new Tls(key, setup.openSsl());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("network", true),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    if (!FrameCompressor.available()) {
      LOG.info("zstd is not to be had here: nothing is compressed on its way to and from peers");
    }
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
                    accept(channel, context, known, acceptor);
                  }
                })
            .bind(at)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      String why = Failure.inWords(bound.cause(), own);
      throw new IOException(
          "cannot listen at "
              + address
              + ": "
              + why
              + (why.contains(IN_USE)
                  ? "; end what listens there, or give this node another port"
                  : ""),
          bound.cause());
    }
    channels.add(bound.channel());
    InetSocketAddress taken = (InetSocketAddress) bound.channel().localAddress();
    return host(address) + ":" + taken.getPort();
  }

  private void accept(
      SocketChannel channel, SslContext context, Predicate<NodeId> known, Acceptor acceptor) {
    AtomicBoolean waiting = new AtomicBoolean(true);
    Runnable authenticated =
        () -> {
          if (waiting.compareAndSet(true, false)) {
            unauthenticated.decrementAndGet();
          }
        };
    channel.closeFuture().addListener(_ -> authenticated.run());
    if (unauthenticated.incrementAndGet() > Limits.UNAUTHENTICATED_MAX) {
      refusals.refused(
          "", "refusing connections: " + Limits.UNAUTHENTICATED_MAX + " have not shown a key yet");
      channel.close();
      return;
    }
    String from = channel.remoteAddress().getAddress().getHostAddress();
    prepare(
        channel,
        context.newHandler(channel.alloc()),
        new Handshake.Server(
            known,
            authenticated,
            acceptor,
            why -> refusals.refused(from, "refused a connection from " + from + ": " + why)));
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
                        new Handshake.Client(acceptor, why -> failed.accept(address + ": " + why)));
                  }
                })
            .connect(target);
    connecting.addListener(
        future -> {
          if (!future.isSuccess()) {
            failed.accept(address + ": " + Failure.inWords(future.cause(), own));
          }
        });
  }

  private void prepare(SocketChannel channel, SslHandler ssl, Handshake.Side side) {
    channels.add(channel);
    channel.closeFuture().addListener(_ -> channels.remove(channel));
    ssl.setHandshakeTimeoutMillis(timing.handshakeMax().toMillis());
    Handshake handshake = new Handshake(own, timing, refusals, bandwidth, side);
    channel.pipeline().addLast(handshake.traffic(), ssl, new FrameDecoder(), handshake);
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
