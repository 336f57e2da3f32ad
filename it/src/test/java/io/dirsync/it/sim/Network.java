package io.dirsync.it.sim;

import io.dirsync.model.ContentHash;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.Transport;
import io.dirsync.protocol.wire.MessageDecoder;
import io.dirsync.protocol.wire.MessageEncoder;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Joins nodes by streams of bytes that take their time, come in pieces, and end at any byte.
 * Messages go through the real encoder and decoder.
 */
final class Network {
  private static final long DELAY_NANOS_MAX = 3_000_000;
  private static final long REFUSED_NANOS = 1_000_000;
  private static final int FLOOD = 100_000;

  private final Scheduler scheduler;
  private final Trace trace;
  private final Map<String, Port> ports = new HashMap<>();
  private final Set<String> parted = new HashSet<>();
  private final Set<String> mute = new HashSet<>();
  private final List<Link> links = new ArrayList<>();
  private final Set<String> flooded = new HashSet<>();
  private final List<String> cuts = new ArrayList<>();
  private @Nullable SplittableRandom repetition;

  /** LogBatch and StateBatch entries that were carried. */
  private long entries;

  private long contents;
  private long deltas;
  private long continued;

  Network(Scheduler scheduler, Trace trace) {
    this.scheduler = scheduler;
    this.trace = trace;
  }

  long entries() {
    return entries;
  }

  /** How many contents were asked for from their middle on, of which some had come before. */
  long continued() {
    return continued;
  }

  /** How many deltas were asked for. */
  long deltas() {
    return deltas;
  }

  long contents() {
    return contents;
  }

  boolean quiet() {
    return links.stream().allMatch(link -> link.toA.empty() && link.toB.empty());
  }

  private static String pair(String a, String b) {
    return a.compareTo(b) < 0 ? a + "-" + b : b + "-" + a;
  }

  /** Cuts what joins the two, at whatever byte it is. */
  void cut(String a, String b) {
    for (Link link : List.copyOf(links)) {
      if (link.pair.equals(pair(a, b))) {
        link.cut("the connection was cut");
      }
    }
  }

  /** Keeps the two apart; a connection that stands is cut. */
  void part(String a, String b) {
    parted.add(pair(a, b));
    cut(a, b);
  }

  void heal(String a, String b) {
    parted.remove(pair(a, b));
  }

  void healAll() {
    parted.clear();
  }

  /** From now on the node sends no content that it is asked for. */
  void mute(String node) {
    mute.add(node);
  }

  void unmute(String node) {
    mute.remove(node);
  }

  /** From now on whatever comes to the node of a log comes over and over. */
  void flood(String node) {
    flooded.add(node);
  }

  void drain(String node) {
    flooded.remove(node);
  }

  /** Why connections have ended. */
  List<String> cuts() {
    return cuts;
  }

  /** The node's process is gone: its connections end without a word. */
  void gone(String node) {
    ports.remove(node);
    for (Link link : List.copyOf(links)) {
      if (link.a.node.equals(node) || link.b.node.equals(node)) {
        link.cut("the peer vanished");
      }
    }
  }

  /** What one node's process uses; its address is its name. */
  Transport port(String node, NodeId id, Scheduler.Queue queue) {
    return new Port(node, id, queue);
  }

  private final class Port implements Transport {
    private final String node;
    private final NodeId id;
    private final Scheduler.Queue queue;
    private @Nullable Acceptor acceptor;
    private @Nullable Predicate<NodeId> known;

    Port(String node, NodeId id, Scheduler.Queue queue) {
      this.node = node;
      this.id = id;
      this.queue = queue;
    }

    @Override
    public String listen(String address, Predicate<NodeId> peers, Acceptor accepting) {
      acceptor = accepting;
      known = peers;
      ports.put(node, this);
      return address;
    }

    @Override
    public void dial(String address, NodeId expected, Acceptor accepting, Consumer<String> failed) {
      queue.after(
          scheduler.random().nextLong(REFUSED_NANOS) + 1,
          () -> {
            Port other = ports.get(address);
            if (other == null || other.acceptor == null || parted.contains(pair(node, address))) {
              failed.accept("nobody answers at " + address);
              return;
            }
            if (!other.id.equals(expected) || !other.known.test(id)) {
              failed.accept("the key at " + address + " is not the one expected");
              return;
            }
            Link link = new Link(this, other, accepting, failed);
            links.add(link);
            trace.add("connect", node, address);
            other.queue.add(() -> link.b.open(other.acceptor));
          });
    }

    @Override
    public void close() {
      ports.remove(node, this);
      for (Link link : List.copyOf(links)) {
        if (link.a.port == this || link.b.port == this) {
          link.cut("the node was closed");
        }
      }
    }
  }

  /**
   * From now on some of what a peer says of its log and its state comes twice: so it may in two
   * connections, one after the other.
   */
  void repeat(SplittableRandom chance) {
    repetition = chance;
  }

  private boolean isRepeated(Message message) {
    return repetition != null
        && (message instanceof Message.LogBatch
            || message instanceof Message.StateBatch
            || message instanceof Message.StateEnd
            || message instanceof Message.Applied
            || message instanceof Message.FolderState)
        && repetition.nextInt(4) == 0;
  }

  /** One connection: A has dialed. */
  private final class Link {
    final String pair;
    final End a;
    final End b;
    final Stream toA;
    final Stream toB;
    boolean ended;

    Link(Port dialing, Port accepting, Transport.Acceptor opening, Consumer<String> failed) {
      pair = pair(dialing.node, accepting.node);
      a = new End(this, dialing, accepting.id, opening, failed);
      b = new End(this, accepting, dialing.id, null, null);
      toA = new Stream(a, b);
      toB = new Stream(b, a);
      a.out = toB;
      b.out = toA;
    }

    void cut(String reason) {
      if (ended) {
        return;
      }
      ended = true;
      links.remove(this);
      cuts.add(reason);
      trace.add("cut", pair, reason);
      // What is on its way is lost, or comes as far as it got: a piece of the next frame too.
      for (Stream stream : List.of(toA, toB)) {
        stream.loseTheRest();
        stream.to.end(reason);
      }
    }
  }

  private final class End implements Connection {
    private static final int FULL_BYTES = 16 << 10;

    private final Link link;
    private final Port port;
    private final String node;
    private final NodeId peer;
    private final Transport.@Nullable Acceptor opening;
    private final @Nullable Consumer<String> failed;
    private @Nullable Stream out;
    private @Nullable Handler handler;
    private final List<Message> early = new ArrayList<>();
    private final Set<ContentHash> asked = new HashSet<>();
    private boolean full;
    private boolean ended;
    private long sent;
    private long received;

    End(
        Link link,
        Port port,
        NodeId peer,
        Transport.@Nullable Acceptor opening,
        @Nullable Consumer<String> failed) {
      this.link = link;
      this.port = port;
      this.node = port.node;
      this.peer = peer;
      this.opening = opening;
      this.failed = failed;
    }

    void open(Transport.Acceptor acceptor) {
      if (handler == null && !ended) {
        handler = acceptor.apply(this);
        early.forEach(handler::onMessage);
        early.clear();
      }
    }

    /** Runs on the node's queue. */
    void receive(Message message) {
      if (ended) {
        return;
      }
      trace.add("message", node, message.getClass().getSimpleName());
      if (message instanceof Message.LogBatch batch) {
        entries += batch.entries().size();
      } else if (message instanceof Message.StateBatch batch) {
        entries += batch.entries().size();
      } else if (message instanceof Message.Data) {
        contents++;
      } else if (message instanceof Message.FetchDelta) {
        deltas++;
      } else if (message instanceof Message.Fetch fetch
          && asked.add(fetch.hash())
          && fetch.offset() > 0) {
        continued++;
      }
      if (handler == null && opening != null) {
        // A client is connected once the first frame has come.
        handler = opening.apply(this);
      }
      if (handler == null) {
        early.add(message);
      } else if (message instanceof Message.Goodbye(String reason)) {
        link.cut("the peer says: " + reason);
      } else {
        handler.onMessage(message);
        if (isRepeated(message)) {
          trace.add("again", node, message.getClass().getSimpleName());
          handler.onMessage(message);
        }
        for (int i = 0; i < FLOOD && isFlood(message); i++) {
          handler.onMessage(message);
        }
      }
    }

    private boolean isFlood(Message message) {
      return message instanceof Message.LogBatch && flooded.contains(node) && !ended;
    }

    void end(String reason) {
      if (ended) {
        return;
      }
      ended = true;
      port.queue.add(
          () -> {
            if (handler != null) {
              handler.onClosed(reason);
            } else if (failed != null) {
              failed.accept(reason);
            }
          });
    }

    @Override
    public NodeId peer() {
      return peer;
    }

    @Override
    public String address() {
      return "simulated";
    }

    @Override
    public void send(Message message) {
      if (link.ended || (message instanceof Message.Data && mute.contains(node))) {
        return;
      }
      byte[] frame = MessageEncoder.encode(message);
      if (message instanceof Message.Piece piece) {
        byte[] whole = Arrays.copyOf(frame, frame.length + piece.bytes().length);
        System.arraycopy(piece.bytes(), 0, whole, frame.length, piece.bytes().length);
        frame = whole;
      }
      sent += frame.length;
      out.put(
          frame,
          message instanceof Message.Piece
              || message.equals(new Message.Pong(Message.Ping.AMONG_CONTENTS)));
      full = full || out.waiting > FULL_BYTES;
    }

    void drained() {
      if (full && out.waiting < FULL_BYTES / 4 && !ended) {
        full = false;
        port.queue.add(
            () -> {
              if (handler != null && !ended) {
                handler.onWritable();
              }
            });
      }
    }

    @Override
    public boolean writable() {
      return !full && !link.ended;
    }

    @Override
    public void close(String reason) {
      if (!link.ended) {
        send(new Message.Goodbye(reason));
        out.to.port.queue.after(DELAY_NANOS_MAX, () -> link.cut(reason));
        end(reason);
      }
    }

    @Override
    public Traffic traffic() {
      return new Traffic(sent, received);
    }
  }

  /** The bytes on their way to one end. */
  private final class Stream {
    private final End to;
    private final End from;
    private final ArrayDeque<byte[]> control = new ArrayDeque<>();
    private final ArrayDeque<byte[]> data = new ArrayDeque<>();
    private byte[] sending = {};
    private int at;
    private byte[] come = {};
    private int waiting;
    private boolean moving;

    Stream(End to, End from) {
      this.to = to;
      this.from = from;
    }

    boolean empty() {
      return waiting == 0;
    }

    void put(byte[] frame, boolean isPiece) {
      (isPiece ? data : control).add(frame);
      waiting += frame.length;
      move();
    }

    private void move() {
      if (moving || waiting == 0) {
        return;
      }
      moving = true;
      long delay =
          scheduler.random().nextInt(4) == 0 ? scheduler.random().nextLong(DELAY_NANOS_MAX) : 0;
      if (delay == 0) {
        to.port.queue.add(this::arrive);
      } else {
        to.port.queue.after(delay, this::arrive);
      }
    }

    private void arrive() {
      moving = false;
      if (waiting == 0) {
        return;
      }
      if (at == sending.length) {
        sending = control.isEmpty() ? data.remove() : control.remove();
        at = 0;
      }
      int left = sending.length - at;
      int count = scheduler.random().nextInt(8) == 0 ? 1 + scheduler.random().nextInt(left) : left;
      byte[] joined = Arrays.copyOf(come, come.length + count);
      System.arraycopy(sending, at, joined, come.length, count);
      come = joined;
      at += count;
      waiting -= count;
      to.received += count;
      decode();
      from.drained();
      move();
    }

    private void decode() {
      while (come.length >= MessageEncoder.HEADER_BYTES) {
        int length = ByteBuffer.wrap(come).getInt();
        int type = come[4] & 0xff;
        if (length < 1 || length > MessageDecoder.frameBytesMax(type)) {
          throw new AssertionError("a node sent a frame of " + length + " bytes, type " + type);
        }
        if (come.length < 4 + length) {
          return;
        }
        byte[] payload = Arrays.copyOfRange(come, 5, 4 + length);
        come = Arrays.copyOfRange(come, 4 + length, come.length);
        try {
          to.receive(message(type, payload));
        } catch (ProtocolException e) {
          throw new AssertionError("a node sent what its peer cannot read", e);
        }
      }
    }

    private static Message message(int type, byte[] payload) throws ProtocolException {
      if (!MessageDecoder.isPiece(type)) {
        return MessageDecoder.decode(type, payload);
      }
      ByteBuffer in = ByteBuffer.wrap(payload);
      long request = in.getLong();
      long offset = in.getLong();
      int flags = in.get();
      byte[] bytes = new byte[in.remaining()];
      in.get(bytes);
      return MessageDecoder.piece(type, request, offset, flags, bytes);
    }

    void loseTheRest() {
      control.clear();
      data.clear();
      sending = new byte[0];
      at = 0;
      waiting = 0;
    }
  }
}
