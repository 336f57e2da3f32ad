package io.dirsync.protocol.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Settled;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.wire.generated.AppliedP;
import io.dirsync.protocol.wire.generated.CancelP;
import io.dirsync.protocol.wire.generated.CreditP;
import io.dirsync.protocol.wire.generated.DotP;
import io.dirsync.protocol.wire.generated.EndingP;
import io.dirsync.protocol.wire.generated.EntryP;
import io.dirsync.protocol.wire.generated.FetchDeltaP;
import io.dirsync.protocol.wire.generated.FetchFailedP;
import io.dirsync.protocol.wire.generated.FetchP;
import io.dirsync.protocol.wire.generated.FieldP;
import io.dirsync.protocol.wire.generated.FolderRefusedP;
import io.dirsync.protocol.wire.generated.FolderStateP;
import io.dirsync.protocol.wire.generated.GoodbyeP;
import io.dirsync.protocol.wire.generated.HelloP;
import io.dirsync.protocol.wire.generated.InlineP;
import io.dirsync.protocol.wire.generated.KnownP;
import io.dirsync.protocol.wire.generated.LogBatchP;
import io.dirsync.protocol.wire.generated.LogEntryP;
import io.dirsync.protocol.wire.generated.MoreP;
import io.dirsync.protocol.wire.generated.NumberP;
import io.dirsync.protocol.wire.generated.PaceP;
import io.dirsync.protocol.wire.generated.ReadLogP;
import io.dirsync.protocol.wire.generated.ReadStateP;
import io.dirsync.protocol.wire.generated.ReplicaP;
import io.dirsync.protocol.wire.generated.SignatureWantedP;
import io.dirsync.protocol.wire.generated.StateBatchP;
import io.dirsync.protocol.wire.generated.StateDiffersP;
import io.dirsync.protocol.wire.generated.StateEndP;
import io.dirsync.protocol.wire.generated.StateStretchesP;
import io.dirsync.protocol.wire.generated.StretchP;
import io.dirsync.protocol.wire.generated.TwinsP;
import io.dirsync.protocol.wire.generated.VectorP;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Frames' payloads as messages. Everything a peer sends is checked here: what is returned is valid,
 * everything else is a {@link ProtocolException}.
 */
public final class MessageDecoder {
  private static final RelativePath RESERVED = RelativePath.of(".dirsync");

  private List<ReplicaId> replicas = List.of();

  private MessageDecoder() {}

  /** The most that may follow a frame's length field, by its type. */
  public static int frameBytesMax(int type) {
    return isPiece(type)
        ? 1 + MessageEncoder.PIECE_HEADER_BYTES + Limits.DATA_BYTES_MAX
        : Limits.CONTROL_FRAME_BYTES_MAX;
  }

  /** Whether a type is that of a {@link Message.Piece}, which {@link #piece} makes. */
  public static boolean isPiece(int type) {
    return type == MessageType.DATA || type == MessageType.SIGNATURE_PART;
  }

  /**
   * Reads one message.
   *
   * @param type the byte behind the frame's length
   * @param payload what follows it; kept, not copied
   * @throws ProtocolException if it is not a valid message
   */
  public static Message decode(int type, byte[] payload) throws ProtocolException {
    try {
      return new MessageDecoder().message(type, payload);
    } catch (InvalidProtocolBufferException e) {
      throw new ProtocolException(
          "a message of type " + type + " is not what it should be: " + e.getMessage(), e);
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      throw new ProtocolException(
          "a message of type " + type + " has a bad value: " + e.getMessage(), e);
    }
  }

  private static LogEpochs epochs(FolderStateP in) throws ProtocolException {
    require(in.getEpochsCount() <= LogEpochs.EPOCHS_MAX, "too many log epochs");
    return new LogEpochs(
        in.getEpochsList().stream()
            .map(epoch -> new LogEpochs.Epoch(epoch.getFirst(), epoch.getId()))
            .toList());
  }

  private Message message(int type, byte[] payload)
      throws InvalidProtocolBufferException, ProtocolException {
    return switch (type) {
      case MessageType.HELLO -> {
        HelloP in = HelloP.parseFrom(payload);
        require(in.getCapabilityCount() <= Limits.CAPABILITIES_MAX, "too many capabilities");
        in.getCapabilityList().forEach(word -> text(word, Limits.FOLDER_NAME_CHARS_MAX));
        // Proves that the name is one.
        String node = new ReplicaId(in.getNode(), 0).node();
        yield new Message.Hello(
            in.getVersion(),
            node,
            Set.copyOf(new HashSet<>(in.getCapabilityList())),
            in.getInstance());
      }
      case MessageType.FOLDER_STATE -> {
        FolderStateP in = FolderStateP.parseFrom(payload);
        long floor = count(in.getFloor());
        long end = count(in.getEnd());
        require(floor <= end, "the log's floor is beyond its end");
        yield new Message.FolderState(
            folder(in.getFolder()),
            replica(in.getReplica()),
            floor,
            end,
            vector(in.getContext()),
            epochs(in));
      }
      case MessageType.FOLDER_REFUSED -> {
        FolderRefusedP in = FolderRefusedP.parseFrom(payload);
        yield new Message.FolderRefused(folder(in.getFolder()), reason(in.getReason()));
      }
      case MessageType.TWINS -> {
        TwinsP in = TwinsP.parseFrom(payload);
        yield new Message.Twins(folder(in.getFolder()), reason(in.getWhere()));
      }
      case MessageType.READ_LOG -> {
        ReadLogP in = ReadLogP.parseFrom(payload);
        require(
            in.getInlineBytesMax() >= 0 && in.getInlineBytesMax() <= Limits.INLINE_BYTES_MAX,
            "inline contents may not be that large");
        yield new Message.ReadLog(
            folder(in.getFolder()),
            count(in.getAfter()),
            credit(in.getCreditBytes()),
            in.getInlineBytesMax());
      }
      case MessageType.CREDIT -> {
        CreditP in = CreditP.parseFrom(payload);
        yield new Message.Credit(folder(in.getFolder()), credit(in.getBytes()));
      }
      case MessageType.LOG_BATCH -> logBatch(LogBatchP.parseFrom(payload));
      case MessageType.READ_STATE -> {
        ReadStateP in = ReadStateP.parseFrom(payload);
        table(in.getReplicaList());
        yield new Message.ReadState(
            folder(in.getFolder()),
            count(in.getComparison()),
            new Cursor(count(in.getReadSequence()), in.getReadEpoch()),
            credit(in.getCreditBytes()),
            stretches(in.getStretchList(), null, null));
      }
      case MessageType.STATE_DIFFERS -> {
        StateDiffersP in = StateDiffersP.parseFrom(payload);
        table(in.getReplicaList());
        Dot after = in.hasAfter() ? dot(in.getAfter()) : null;
        Dot through = in.hasThrough() ? dot(in.getThrough()) : null;
        requireOrder(after, through);
        yield new Message.StateDiffers(
            folder(in.getFolder()), count(in.getComparison()), after, through);
      }
      case MessageType.STATE_STRETCHES -> {
        StateStretchesP in = StateStretchesP.parseFrom(payload);
        table(in.getReplicaList());
        Dot after = in.hasAfter() ? dot(in.getAfter()) : null;
        Dot through = in.hasThrough() ? dot(in.getThrough()) : null;
        requireOrder(after, through);
        yield new Message.StateStretches(
            folder(in.getFolder()),
            count(in.getComparison()),
            after,
            through,
            stretches(in.getStretchList(), after, through));
      }
      case MessageType.STATE_BATCH -> stateBatch(StateBatchP.parseFrom(payload));
      case MessageType.STATE_END -> {
        StateEndP in = StateEndP.parseFrom(payload);
        table(in.getReplicaList());
        require(in.hasKnown(), "a live set ends without the context");
        yield new Message.StateEnd(
            folder(in.getFolder()),
            count(in.getComparison()),
            count(in.getSequence()),
            known(in.getKnown()));
      }
      case MessageType.APPLIED -> {
        AppliedP in = AppliedP.parseFrom(payload);
        yield new Message.Applied(folder(in.getFolder()), count(in.getSequence()));
      }
      case MessageType.FETCH -> {
        FetchP in = FetchP.parseFrom(payload);
        long length = count(in.getLength());
        require(length <= Limits.FETCH_BYTES_MAX, "a fetch may not be that long");
        Math.addExact(count(in.getOffset()), length);
        require(!in.getPath().isEmpty(), "a fetch names no path");
        yield new Message.Fetch(
            folder(in.getFolder()),
            in.getRequest(),
            hash(in.getHash()),
            path(in.getPath()),
            in.getOffset(),
            length);
      }
      case MessageType.FETCH_DELTA -> {
        FetchDeltaP in = FetchDeltaP.parseFrom(payload);
        require(!in.getPath().isEmpty(), "a fetch names no path");
        yield new Message.FetchDelta(
            folder(in.getFolder()),
            in.getRequest(),
            hash(in.getHash()),
            path(in.getPath()),
            hash(in.getBasis()));
      }
      case MessageType.SIGNATURE_WANTED ->
          new Message.SignatureWanted(SignatureWantedP.parseFrom(payload).getRequest());
      case MessageType.MORE -> {
        MoreP in = MoreP.parseFrom(payload);
        require(
            in.getBytes() > 0 && in.getBytes() <= Limits.FETCH_BYTES_MAX,
            "so much of a delta may not be under way");
        yield new Message.More(in.getRequest(), in.getBytes());
      }
      case MessageType.PACE ->
          new Message.Pace(count(PaceP.parseFrom(payload).getBytesPerSecond()));
      case MessageType.CANCEL -> new Message.Cancel(CancelP.parseFrom(payload).getRequest());
      case MessageType.FETCH_FAILED -> {
        FetchFailedP in = FetchFailedP.parseFrom(payload);
        yield new Message.FetchFailed(in.getRequest(), reason(in.getReason()));
      }
      case MessageType.PING -> new Message.Ping(NumberP.parseFrom(payload).getNumber());
      case MessageType.PONG -> new Message.Pong(NumberP.parseFrom(payload).getNumber());
      case MessageType.GOODBYE ->
          new Message.Goodbye(reason(GoodbyeP.parseFrom(payload).getReason()));
      default -> throw new ProtocolException("there is no message of type " + type);
    };
  }

  /**
   * Makes a piece of the fields of its header.
   *
   * @throws ProtocolException if the offset is negative, a flag unknown or the bytes too many
   */
  public static Message.Piece piece(int type, long request, long offset, int flags, byte[] bytes)
      throws ProtocolException {
    boolean signature = type == MessageType.SIGNATURE_PART;
    require(signature || type == MessageType.DATA, "there is no piece of type " + type);
    require(bytes.length <= Limits.DATA_BYTES_MAX, "data is too long");
    require((flags & ~MessageEncoder.LAST_FLAG) == 0, "data has a flag that nobody knows");
    long end = signature ? Limits.SIGNATURE_BYTES_MAX : Long.MAX_VALUE;
    require(offset >= 0 && offset <= end - bytes.length, "data has a bad offset");
    boolean last = (flags & MessageEncoder.LAST_FLAG) != 0;
    return signature
        ? new Message.SignaturePart(request, offset, bytes, last)
        : new Message.Data(request, offset, bytes, last);
  }

  private static void require(boolean condition, String otherwise) throws ProtocolException {
    if (!condition) {
      throw new ProtocolException(otherwise);
    }
  }

  private Message.LogBatch logBatch(LogBatchP in) throws ProtocolException {
    table(in.getReplicaList());
    long through = count(in.getThrough());
    long end = count(in.getEnd());
    require(through <= end, "a batch reaches beyond the log's end");
    require(
        in.hasKnown() == (through == end),
        "a batch has the context if and only if it reaches the log's end");
    List<Message.LogEntry> entries = new ArrayList<>(in.getEntryCount());
    long last = 0;
    for (LogEntryP each : in.getEntryList()) {
      require(
          each.getSequence() > last && each.getSequence() <= through,
          "log entries are out of order");
      last = each.getSequence();
      List<LiveEntry> added = new ArrayList<>(each.getAddedCount());
      for (EntryP entry : each.getAddedList()) {
        added.add(entry(entry));
      }
      entries.add(
          new Message.LogEntry(
              last,
              new Event(
                  added,
                  dots(each.getRemovedList()),
                  dots(each.getShelvedList()),
                  each.hasEnding() ? ending(each.getEnding()) : null)));
    }
    List<Message.Inline> inline = new ArrayList<>(in.getInlineCount());
    for (InlineP each : in.getInlineList()) {
      require(
          each.getContent().size() <= Limits.INLINE_BYTES_MAX, "an inline content is too large");
      inline.add(new Message.Inline(hash(each.getHash()), each.getContent().toByteArray()));
    }
    return new Message.LogBatch(
        folder(in.getFolder()),
        entries,
        inline,
        through,
        end,
        in.hasKnown() ? known(in.getKnown()) : null);
  }

  /** Null for what only a later dirsync knows: nothing depends on it. */
  private static @Nullable Ending ending(EndingP in) {
    return Ending.By.of(in.getBy())
        .map(by -> new Ending(by, in.getNode(), in.getRule(), in.getPattern()))
        .orElse(null);
  }

  private static void requireOrder(@Nullable Dot after, @Nullable Dot through)
      throws ProtocolException {
    require(
        after == null || through == null || after.compareTo(through) < 0,
        "a stretch ends before it begins");
  }

  /** Stretches that together are the one from behind a dot through another. */
  private List<Message.Stretch> stretches(
      List<StretchP> in, @Nullable Dot after, @Nullable Dot through) throws ProtocolException {
    require(
        !in.isEmpty() && in.size() <= Limits.STRETCHES_MAX, "so many stretches are no division");
    List<Message.Stretch> stretches = new ArrayList<>(in.size());
    Dot last = after;
    for (int i = 0; i < in.size(); i++) {
      StretchP each = in.get(i);
      require(each.hasThrough() == (i + 1 < in.size()), "the last stretch alone has no end");
      Dot end = each.hasThrough() ? dot(each.getThrough()) : null;
      if (end != null) {
        requireOrder(last, end);
        requireOrder(end, through);
        last = end;
      }
      stretches.add(new Message.Stretch(end, digest(each.getDigest())));
    }
    return stretches;
  }

  private static Message.@Nullable Digest digest(ByteString bytes) throws ProtocolException {
    if (bytes.isEmpty()) {
      return null;
    }
    require(bytes.size() == Message.Digest.BYTES, "a digest has another length");
    ByteBuffer in = bytes.asReadOnlyByteBuffer();
    return new Message.Digest(in.getLong(), in.getLong());
  }

  private Message.StateBatch stateBatch(StateBatchP in) throws ProtocolException {
    table(in.getReplicaList());
    List<LiveEntry> entries = new ArrayList<>(in.getEntryCount());
    Dot after = in.hasAfter() ? dot(in.getAfter()) : null;
    Dot through = in.hasThrough() ? dot(in.getThrough()) : null;
    requireOrder(after, through);
    Dot last = after;
    for (EntryP each : in.getEntryList()) {
      LiveEntry entry = entry(each);
      require(last == null || entry.dot().compareTo(last) > 0, "live entries are out of order");
      last = entry.dot();
      entries.add(entry);
    }
    require(
        through == null || last == null || last.compareTo(through) <= 0,
        "live entries go beyond their stretch");
    require(in.hasKnown(), "a stretch of a live set comes without the context");
    return new Message.StateBatch(
        folder(in.getFolder()),
        count(in.getComparison()),
        after,
        through,
        entries,
        known(in.getKnown()));
  }

  private void table(List<ReplicaP> list) throws ProtocolException {
    require(list.size() <= Limits.VECTOR_REPLICAS_MAX, "too many replicas");
    List<ReplicaId> table = new ArrayList<>(list.size());
    for (ReplicaP each : list) {
      table.add(replica(each));
    }
    require(Set.copyOf(table).size() == table.size(), "a replica stands in the table twice");
    replicas = table;
  }

  private LiveEntry entry(EntryP in) throws ProtocolException {
    Dot dot = new Dot(replicas.get(in.getReplica()), in.getCounter());
    RelativePath path = path(in.getPath());
    require(!path.isRoot(), "the root has no versions");
    if (in.getContentCase() == EntryP.ContentCase.CONTENT_NOT_SET) {
      List<AttributeChange.Field> fields = new ArrayList<>(in.getFieldCount());
      require(in.getFieldCount() <= AttributeName.values().length, "too many attributes");
      for (FieldP field : in.getFieldList()) {
        fields.add(field(field));
      }
      return new AttributeChange(dot, path, fields);
    }
    Content content =
        switch (in.getContentCase()) {
          case FILE_HASH -> new Content.File(hash(in.getFileHash()), count(in.getSize()));
          case LINK_TARGET -> new Content.Symlink(LinkTarget.of(in.getLinkTarget().toByteArray()));
          case DIRECTORY -> {
            require(in.getDirectory(), "a directory that is none");
            yield Content.Directory.VALUE;
          }
          case CONTENT_NOT_SET -> throw new IllegalStateException("excluded above");
        };
    List<Dot> supersedes = new ArrayList<>(in.getSupersedesCount());
    for (DotP each : in.getSupersedesList()) {
      supersedes.add(dot(each));
    }
    return new Version(
        dot,
        path,
        content,
        new Attributes(in.getMode(), in.getMtimeNanos(), in.getOwner(), in.getGroup()),
        in.getStamp(),
        supersedes,
        in.hasMovedFrom() ? dot(in.getMovedFrom()) : null,
        in.getShelved(),
        in.getSettledBy() == 0
            ? null
            : new Settled(Settled.By.of(in.getSettledBy()), in.getSettledRound()));
  }

  private static AttributeChange.Field field(FieldP in) throws ProtocolException {
    AttributeValue value =
        switch (in.getValueCase()) {
          case NUMBER -> new AttributeValue.OfNumber(in.getNumber());
          case TEXT -> new AttributeValue.OfText(in.getText());
          case VALUE_NOT_SET -> throw new ProtocolException("an attribute has no value");
        };
    return new AttributeChange.Field(AttributeName.values()[in.getName()], value, in.getStamp());
  }

  private Message.Known known(KnownP in) throws ProtocolException {
    return new Message.Known(vector(in.getVector()), dots(in.getBeyondList()));
  }

  private static VersionVector vector(VectorP in) throws ProtocolException {
    require(
        in.getReplicaCount() == in.getCounterCount(),
        "a vector's counters do not fit its replicas");
    require(in.getReplicaCount() <= Limits.VECTOR_REPLICAS_MAX, "a vector has too many replicas");
    TreeMap<ReplicaId, Long> counters = new TreeMap<>();
    for (int i = 0; i < in.getReplicaCount(); i++) {
      Long before = counters.put(replica(in.getReplica(i)), in.getCounter(i));
      require(before == null, "a replica stands in a vector twice");
    }
    return new VersionVector(counters);
  }

  private Set<Dot> dots(List<DotP> in) {
    Set<Dot> dots = HashSet.newHashSet(in.size());
    for (DotP each : in) {
      dots.add(dot(each));
    }
    return dots;
  }

  private Dot dot(DotP in) {
    return new Dot(replicas.get(in.getReplica()), in.getCounter());
  }

  private static ReplicaId replica(ReplicaP in) {
    return new ReplicaId(in.getNode(), in.getIncarnation());
  }

  private static ContentHash hash(ByteString bytes) {
    return ContentHash.of(bytes.toByteArray());
  }

  private static RelativePath path(ByteString bytes) throws ProtocolException {
    RelativePath path = RelativePath.of(bytes.toByteArray());
    require(!path.equals(RESERVED) && !path.isBelow(RESERVED), "a path is reserved: " + path);
    return path;
  }

  private static String folder(String name) throws ProtocolException {
    require(!name.isEmpty(), "a folder has no name");
    return text(name, Limits.FOLDER_NAME_CHARS_MAX);
  }

  private static String reason(String reason) {
    return text(reason, Limits.REASON_CHARS_MAX);
  }

  /** A text that may be shown: nothing in it moves a terminal's cursor or starts a line. */
  private static String text(String text, int charactersMax) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a text has a control character");
    }
    if (text.length() > charactersMax) {
      throw new IllegalArgumentException("a text is longer than " + charactersMax + " characters");
    }
    return text;
  }

  private static long count(long value) throws ProtocolException {
    require(value >= 0, "a count is too large");
    return value;
  }

  private static long credit(long value) throws ProtocolException {
    require(value >= 0 && value <= Limits.CREDIT_BYTES_MAX, "that is too much credit");
    return value;
  }
}
