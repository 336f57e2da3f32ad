package io.dirsync.protocol.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
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
import io.dirsync.protocol.wire.generated.LogEpochP;
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
import java.util.LinkedHashMap;
import java.util.Map;

/** Messages as frames: length (4 bytes, big endian, of what follows), type (1 byte), payload. */
public final class MessageEncoder {
  /** Length and type. */
  public static final int HEADER_BYTES = 5;

  /** Behind the header of a piece: request, offset (8 bytes each), flags (1 byte). */
  public static final int PIECE_HEADER_BYTES = 17;

  static final int LAST_FLAG = 1;

  /** The replicas that one message names, each once. */
  private final Map<ReplicaId, Integer> replicas = new LinkedHashMap<>();

  private MessageEncoder() {}

  /**
   * The frame of a message; of a piece only what stands before its bytes, whose length is counted
   * in.
   */
  public static byte[] encode(Message message) {
    return new MessageEncoder().frame(message);
  }

  private byte[] frame(Message message) {
    return switch (message) {
      case Message.Hello(int version, String node, var capabilities, long instance) ->
          frame(
              MessageType.HELLO,
              HelloP.newBuilder()
                  .setVersion(version)
                  .setNode(node)
                  .addAllCapability(capabilities.stream().sorted().toList())
                  .setInstance(instance)
                  .build());
      case Message.FolderState state ->
          frame(
              MessageType.FOLDER_STATE,
              FolderStateP.newBuilder()
                  .setFolder(state.folder())
                  .setReplica(replica(state.replica()))
                  .setFloor(state.floor())
                  .setEnd(state.end())
                  .setContext(vector(state.context()))
                  .addAllEpochs(state.epochs().list().stream().map(MessageEncoder::epoch).toList())
                  .build());
      case Message.FolderRefused(String folder, String reason) ->
          frame(
              MessageType.FOLDER_REFUSED,
              FolderRefusedP.newBuilder().setFolder(folder).setReason(shown(reason)).build());
      case Message.Twins(String folder, String where) ->
          frame(
              MessageType.TWINS,
              TwinsP.newBuilder().setFolder(folder).setWhere(shown(where)).build());
      case Message.ReadLog(String folder, long after, long credit, int inlineMax) ->
          frame(
              MessageType.READ_LOG,
              ReadLogP.newBuilder()
                  .setFolder(folder)
                  .setAfter(after)
                  .setCreditBytes(credit)
                  .setInlineBytesMax(inlineMax)
                  .build());
      case Message.Credit(String folder, long bytes) ->
          frame(MessageType.CREDIT, CreditP.newBuilder().setFolder(folder).setBytes(bytes).build());
      case Message.LogBatch batch -> frame(MessageType.LOG_BATCH, logBatch(batch));
      case Message.ReadState request -> frame(MessageType.READ_STATE, readState(request));
      case Message.StateDiffers differs -> frame(MessageType.STATE_DIFFERS, stateDiffers(differs));
      case Message.StateStretches divided ->
          frame(MessageType.STATE_STRETCHES, stateStretches(divided));
      case Message.StateBatch batch -> frame(MessageType.STATE_BATCH, stateBatch(batch));
      case Message.StateEnd end -> frame(MessageType.STATE_END, stateEnd(end));
      case Message.Applied(String folder, long sequence) ->
          frame(
              MessageType.APPLIED,
              AppliedP.newBuilder().setFolder(folder).setSequence(sequence).build());
      case Message.Fetch fetch ->
          frame(
              MessageType.FETCH,
              FetchP.newBuilder()
                  .setFolder(fetch.folder())
                  .setRequest(fetch.request())
                  .setHash(bytes(fetch.hash().bytes()))
                  .setPath(bytes(fetch.path().bytes()))
                  .setOffset(fetch.offset())
                  .setLength(fetch.length())
                  .build());
      case Message.FetchDelta fetch ->
          frame(
              MessageType.FETCH_DELTA,
              FetchDeltaP.newBuilder()
                  .setFolder(fetch.folder())
                  .setRequest(fetch.request())
                  .setHash(bytes(fetch.hash().bytes()))
                  .setPath(bytes(fetch.path().bytes()))
                  .setBasis(bytes(fetch.basis().bytes()))
                  .build());
      case Message.SignatureWanted(long request) ->
          frame(
              MessageType.SIGNATURE_WANTED,
              SignatureWantedP.newBuilder().setRequest(request).build());
      case Message.Pace(long rate) ->
          frame(MessageType.PACE, PaceP.newBuilder().setBytesPerSecond(rate).build());
      case Message.More(long request, long bytes) ->
          frame(MessageType.MORE, MoreP.newBuilder().setRequest(request).setBytes(bytes).build());
      case Message.Cancel(long request) ->
          frame(MessageType.CANCEL, CancelP.newBuilder().setRequest(request).build());
      case Message.FetchFailed(long request, String reason) ->
          frame(
              MessageType.FETCH_FAILED,
              FetchFailedP.newBuilder().setRequest(request).setReason(shown(reason)).build());
      case Message.Ping(long number) ->
          frame(MessageType.PING, NumberP.newBuilder().setNumber(number).build());
      case Message.Pong(long number) ->
          frame(MessageType.PONG, NumberP.newBuilder().setNumber(number).build());
      case Message.Goodbye(String reason) ->
          frame(MessageType.GOODBYE, GoodbyeP.newBuilder().setReason(shown(reason)).build());
      case Message.Data data -> header(MessageType.DATA, data);
      case Message.SignaturePart part -> header(MessageType.SIGNATURE_PART, part);
    };
  }

  private static byte[] frame(int type, MessageLite payload) {
    int size = payload.getSerializedSize();
    byte[] frame = new byte[HEADER_BYTES + size];
    ByteBuffer.wrap(frame).putInt(1 + size).put((byte) type);
    try {
      payload.writeTo(com.google.protobuf.CodedOutputStream.newInstance(frame, HEADER_BYTES, size));
    } catch (java.io.IOException e) {
      throw new IllegalStateException("an array is as long as it was made", e);
    }
    return frame;
  }

  private static byte[] header(int type, Message.Piece piece) {
    byte[] header = new byte[HEADER_BYTES + PIECE_HEADER_BYTES];
    ByteBuffer.wrap(header)
        .putInt(1 + PIECE_HEADER_BYTES + piece.bytes().length)
        .put((byte) type)
        .putLong(piece.request())
        .putLong(piece.offset())
        .put((byte) (piece.last() ? LAST_FLAG : 0));
    return header;
  }

  private LogBatchP logBatch(Message.LogBatch batch) {
    LogBatchP.Builder out =
        LogBatchP.newBuilder()
            .setFolder(batch.folder())
            .setThrough(batch.through())
            .setEnd(batch.end());
    for (Message.LogEntry entry : batch.entries()) {
      LogEntryP.Builder each = LogEntryP.newBuilder().setSequence(entry.sequence());
      entry.event().added().forEach(added -> each.addAdded(entry(added)));
      entry.event().removed().stream().sorted().forEach(dot -> each.addRemoved(dot(dot)));
      entry.event().shelved().stream().sorted().forEach(dot -> each.addShelved(dot(dot)));
      Ending ending = entry.event().ending();
      if (ending != null) {
        each.setEnding(
            EndingP.newBuilder()
                .setBy(ending.by().code())
                .setNode(ending.node())
                .setRule(ending.rule())
                .setPattern(ending.pattern()));
      }
      out.addEntry(each);
    }
    for (Message.Inline inline : batch.inline()) {
      out.addInline(
          InlineP.newBuilder()
              .setHash(bytes(inline.hash().bytes()))
              .setContent(bytes(inline.content())));
    }
    if (batch.known() != null) {
      out.setKnown(known(batch.known()));
    }
    replicas.keySet().forEach(replica -> out.addReplica(replica(replica)));
    return out.build();
  }

  private ReadStateP readState(Message.ReadState request) {
    ReadStateP.Builder out =
        ReadStateP.newBuilder()
            .setFolder(request.folder())
            .setComparison(request.comparison())
            .setReadSequence(request.read().sequence())
            .setReadEpoch(request.read().epoch())
            .setCreditBytes(request.creditBytes());
    request.stretches().forEach(stretch -> out.addStretch(stretch(stretch)));
    replicas.keySet().forEach(replica -> out.addReplica(replica(replica)));
    return out.build();
  }

  private StateDiffersP stateDiffers(Message.StateDiffers differs) {
    StateDiffersP.Builder out =
        StateDiffersP.newBuilder().setFolder(differs.folder()).setComparison(differs.comparison());
    if (differs.after() != null) {
      out.setAfter(dot(differs.after()));
    }
    if (differs.through() != null) {
      out.setThrough(dot(differs.through()));
    }
    replicas.keySet().forEach(replica -> out.addReplica(replica(replica)));
    return out.build();
  }

  private StateStretchesP stateStretches(Message.StateStretches divided) {
    StateStretchesP.Builder out =
        StateStretchesP.newBuilder()
            .setFolder(divided.folder())
            .setComparison(divided.comparison());
    if (divided.after() != null) {
      out.setAfter(dot(divided.after()));
    }
    if (divided.through() != null) {
      out.setThrough(dot(divided.through()));
    }
    divided.stretches().forEach(stretch -> out.addStretch(stretch(stretch)));
    replicas.keySet().forEach(replica -> out.addReplica(replica(replica)));
    return out.build();
  }

  private StretchP stretch(Message.Stretch stretch) {
    StretchP.Builder out = StretchP.newBuilder();
    if (stretch.through() != null) {
      out.setThrough(dot(stretch.through()));
    }
    if (stretch.digest() != null) {
      out.setDigest(
          bytes(
              ByteBuffer.allocate(Message.Digest.BYTES)
                  .putLong(stretch.digest().high())
                  .putLong(stretch.digest().low())
                  .array()));
    }
    return out.build();
  }

  private StateBatchP stateBatch(Message.StateBatch batch) {
    StateBatchP.Builder out =
        StateBatchP.newBuilder()
            .setFolder(batch.folder())
            .setComparison(batch.comparison())
            .setKnown(known(batch.known()));
    if (batch.after() != null) {
      out.setAfter(dot(batch.after()));
    }
    if (batch.through() != null) {
      out.setThrough(dot(batch.through()));
    }
    batch.entries().forEach(entry -> out.addEntry(entry(entry)));
    replicas.keySet().forEach(replica -> out.addReplica(replica(replica)));
    return out.build();
  }

  private StateEndP stateEnd(Message.StateEnd end) {
    StateEndP.Builder out =
        StateEndP.newBuilder()
            .setFolder(end.folder())
            .setComparison(end.comparison())
            .setSequence(end.sequence())
            .setKnown(known(end.known()));
    replicas.keySet().forEach(replica -> out.addReplica(replica(replica)));
    return out.build();
  }

  private EntryP entry(LiveEntry entry) {
    EntryP.Builder out =
        EntryP.newBuilder()
            .setReplica(index(entry.dot().replica()))
            .setCounter(entry.dot().counter())
            .setPath(bytes(entry.path().bytes()));
    switch (entry) {
      case Version version -> {
        switch (version.content()) {
          case Content.File file ->
              out.setFileHash(bytes(file.hash().bytes())).setSize(file.size());
          case Content.Symlink link -> out.setLinkTarget(bytes(link.target().bytes()));
          case Content.Directory _ -> out.setDirectory(true);
        }
        out.setMode(version.attributes().mode())
            .setMtimeNanos(version.attributes().mtimeNanos())
            .setOwner(version.attributes().owner())
            .setGroup(version.attributes().group())
            .setStamp(version.stamp())
            .setShelved(version.shelved());
        version.supersedes().forEach(dot -> out.addSupersedes(dot(dot)));
        if (version.movedFrom() != null) {
          out.setMovedFrom(dot(version.movedFrom()));
        }
        if (version.settled() != null) {
          out.setSettledBy(version.settled().by().code())
              .setSettledRound(version.settled().round());
        }
      }
      case AttributeChange change -> change.fields().forEach(field -> out.addField(field(field)));
    }
    return out.build();
  }

  private static FieldP field(AttributeChange.Field field) {
    FieldP.Builder out =
        FieldP.newBuilder().setName(field.name().ordinal()).setStamp(field.stamp());
    switch (field.value()) {
      case AttributeValue.OfNumber(long number) -> out.setNumber(number);
      case AttributeValue.OfText(String text) -> out.setText(text);
    }
    return out.build();
  }

  private KnownP known(Message.Known known) {
    KnownP.Builder out = KnownP.newBuilder().setVector(vector(known.vector()));
    known.beyond().stream().sorted().forEach(dot -> out.addBeyond(dot(dot)));
    return out.build();
  }

  private static VectorP vector(VersionVector vector) {
    VectorP.Builder out = VectorP.newBuilder();
    vector
        .counters()
        .forEach((replica, counter) -> out.addReplica(replica(replica)).addCounter(counter));
    return out.build();
  }

  private DotP dot(Dot dot) {
    return DotP.newBuilder().setReplica(index(dot.replica())).setCounter(dot.counter()).build();
  }

  private int index(ReplicaId replica) {
    Integer known = replicas.putIfAbsent(replica, replicas.size());
    return known == null ? replicas.size() - 1 : known;
  }

  private static ReplicaP replica(ReplicaId replica) {
    return ReplicaP.newBuilder()
        .setNode(replica.node())
        .setIncarnation(replica.incarnation())
        .build();
  }

  private static ByteString bytes(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** A reason as every peer takes it: a system's words may be long, and have line ends. */
  private static String shown(String reason) {
    StringBuilder shown = new StringBuilder();
    reason
        .chars()
        .limit(Limits.REASON_CHARS_MAX)
        .forEach(c -> shown.append(Character.isISOControl(c) ? ' ' : (char) c));
    return shown.toString();
  }

  private static LogEpochP epoch(LogEpochs.Epoch epoch) {
    return LogEpochP.newBuilder().setFirst(epoch.first()).setId(epoch.id()).build();
  }
}
