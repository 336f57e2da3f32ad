package io.dirsync.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.dirsync.model.LogEpochs;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.delta.Signature;
import io.dirsync.protocol.wire.generated.CreditP;
import io.dirsync.protocol.wire.generated.DotP;
import io.dirsync.protocol.wire.generated.EntryP;
import io.dirsync.protocol.wire.generated.FetchDeltaP;
import io.dirsync.protocol.wire.generated.FetchP;
import io.dirsync.protocol.wire.generated.FolderRefusedP;
import io.dirsync.protocol.wire.generated.FolderStateP;
import io.dirsync.protocol.wire.generated.GoodbyeP;
import io.dirsync.protocol.wire.generated.HelloP;
import io.dirsync.protocol.wire.generated.InlineP;
import io.dirsync.protocol.wire.generated.KnownP;
import io.dirsync.protocol.wire.generated.LogBatchP;
import io.dirsync.protocol.wire.generated.LogEpochP;
import io.dirsync.protocol.wire.generated.MoreP;
import io.dirsync.protocol.wire.generated.ReadLogP;
import io.dirsync.protocol.wire.generated.ReadStateP;
import io.dirsync.protocol.wire.generated.ReplicaP;
import io.dirsync.protocol.wire.generated.StateBatchP;
import io.dirsync.protocol.wire.generated.StateDiffersP;
import io.dirsync.protocol.wire.generated.StateEndP;
import io.dirsync.protocol.wire.generated.StateStretchesP;
import io.dirsync.protocol.wire.generated.StretchP;
import io.dirsync.protocol.wire.generated.VectorP;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Both sides of each bound: the most that is taken, and what is refused. */
final class MessageBoundsTest {
  private static final ByteString HASH = ByteString.copyFrom(new byte[32]);
  private static final int INLINE = Limits.INLINE_BYTES_MAX;

  static Stream<Arguments> atTheBound() {
    return Stream.of(
        argumentSet("capabilities", MessageType.HELLO, hello(Limits.CAPABILITIES_MAX)),
        argumentSet(
            "a folder's name",
            MessageType.CREDIT,
            CreditP.newBuilder().setFolder("f".repeat(Limits.FOLDER_NAME_CHARS_MAX)).build()),
        argumentSet(
            "a reason",
            MessageType.GOODBYE,
            GoodbyeP.newBuilder().setReason("r".repeat(Limits.REASON_CHARS_MAX)).build()),
        argumentSet("credit", MessageType.CREDIT, credit(Limits.CREDIT_BYTES_MAX)),
        argumentSet("inline wanted", MessageType.READ_LOG, readLog(INLINE)),
        argumentSet("inline sent", MessageType.LOG_BATCH, inline(INLINE)),
        argumentSet("a fetch", MessageType.FETCH, fetch(0, Limits.FETCH_BYTES_MAX)),
        argumentSet(
            "a fetch at the end of all files", MessageType.FETCH, fetch(Long.MAX_VALUE - 1, 1)),
        argumentSet(
            "a vector", MessageType.FOLDER_STATE, folderState(vector(Limits.VECTOR_REPLICAS_MAX))),
        argumentSet("log epochs", MessageType.FOLDER_STATE, epochs(LogEpochs.EPOCHS_MAX, 1)),
        argumentSet(
            "a table of replicas",
            MessageType.STATE_BATCH,
            lastState().addAllReplica(replicas(Limits.VECTOR_REPLICAS_MAX)).build()),
        argumentSet("a directory", MessageType.STATE_BATCH, directory(true)),
        argumentSet("stretches", MessageType.READ_STATE, readState(Limits.STRETCHES_MAX, 16)),
        argumentSet("one stretch without a digest", MessageType.READ_STATE, readState(1, 0)),
        argumentSet("the least more of a delta", MessageType.MORE, more(1)),
        argumentSet("the most more of a delta", MessageType.MORE, more(Limits.FETCH_BYTES_MAX)),
        argumentSet("a delta's hashes", MessageType.FETCH_DELTA, fetchDelta("file", HASH)));
  }

  static Stream<Arguments> beyondTheBound() {
    return Stream.of(
        argumentSet("capabilities", MessageType.HELLO, hello(Limits.CAPABILITIES_MAX + 1)),
        argumentSet(
            "a folder's name",
            MessageType.CREDIT,
            CreditP.newBuilder().setFolder("f".repeat(Limits.FOLDER_NAME_CHARS_MAX + 1)).build()),
        argumentSet("no folder's name", MessageType.CREDIT, CreditP.getDefaultInstance()),
        argumentSet(
            "a reason",
            MessageType.GOODBYE,
            GoodbyeP.newBuilder().setReason("r".repeat(Limits.REASON_CHARS_MAX + 1)).build()),
        argumentSet("credit", MessageType.CREDIT, credit(Limits.CREDIT_BYTES_MAX + 1)),
        argumentSet("negative credit", MessageType.CREDIT, credit(-1)),
        argumentSet("inline wanted", MessageType.READ_LOG, readLog(INLINE + 1)),
        argumentSet("inline sent", MessageType.LOG_BATCH, inline(INLINE + 1)),
        argumentSet("a fetch", MessageType.FETCH, fetch(0, Limits.FETCH_BYTES_MAX + 1)),
        argumentSet("a fetch's end", MessageType.FETCH, fetch(Long.MAX_VALUE, 1)),
        argumentSet(
            "a vector",
            MessageType.FOLDER_STATE,
            folderState(vector(Limits.VECTOR_REPLICAS_MAX + 1))),
        argumentSet("log epochs", MessageType.FOLDER_STATE, epochs(LogEpochs.EPOCHS_MAX + 1, 1)),
        argumentSet("log epochs out of order", MessageType.FOLDER_STATE, epochs(2, 0)),
        argumentSet(
            "a table of replicas",
            MessageType.STATE_BATCH,
            lastState().addAllReplica(replicas(Limits.VECTOR_REPLICAS_MAX + 1)).build()),
        argumentSet(
            "a replica twice in a vector",
            MessageType.FOLDER_STATE,
            folderState(
                VectorP.newBuilder()
                    .addReplica(replica(1))
                    .addReplica(replica(1))
                    .addCounter(1)
                    .addCounter(2)
                    .build())),
        argumentSet(
            "a replica twice in a table",
            MessageType.STATE_BATCH,
            lastState().addReplica(replica(1)).addReplica(replica(1)).build()),
        argumentSet(
            "a live set without the context",
            MessageType.STATE_BATCH,
            StateBatchP.newBuilder().setFolder("www").build()),
        argumentSet(
            "a live set's end without the context",
            MessageType.STATE_END,
            StateEndP.newBuilder().setFolder("www").build()),
        argumentSet("no stretches", MessageType.READ_STATE, readState(0, 16)),
        argumentSet("stretches", MessageType.READ_STATE, readState(Limits.STRETCHES_MAX + 1, 16)),
        argumentSet("a stretch's digest", MessageType.READ_STATE, readState(2, 15)),
        argumentSet(
            "stretches out of order",
            MessageType.READ_STATE,
            readState(3, 16).toBuilder().setStretch(1, stretch(1, 16)).build()),
        argumentSet(
            "stretches without a last one",
            MessageType.READ_STATE,
            readState(3, 16).toBuilder().removeStretch(2).build()),
        argumentSet(
            "a stretch that ends before it begins",
            MessageType.STATE_DIFFERS,
            StateDiffersP.newBuilder()
                .setFolder("www")
                .addReplica(replica(1))
                .setAfter(DotP.newBuilder().setCounter(2))
                .setThrough(DotP.newBuilder().setCounter(2))
                .build()),
        argumentSet(
            "stretches beyond the one that they divide",
            MessageType.STATE_STRETCHES,
            StateStretchesP.newBuilder()
                .setFolder("www")
                .addReplica(replica(1))
                .setThrough(DotP.newBuilder().setCounter(1))
                .addStretch(stretch(1, 16))
                .addStretch(StretchP.getDefaultInstance())
                .build()),
        argumentSet(
            "an entry behind the end of its stretch",
            MessageType.STATE_BATCH,
            directory(true).toBuilder()
                .setAfter(DotP.newBuilder().setReplica(1).setCounter(1))
                .addReplica(replica(0))
                .setThrough(DotP.newBuilder().setReplica(1).setCounter(2))
                .build()),
        argumentSet("nothing more of a delta", MessageType.MORE, more(0)),
        argumentSet("less of a delta", MessageType.MORE, more(-1)),
        argumentSet("more of a delta", MessageType.MORE, more(Limits.FETCH_BYTES_MAX + 1)),
        argumentSet("a delta of no path", MessageType.FETCH_DELTA, fetchDelta("", HASH)),
        argumentSet("a delta of a path out", MessageType.FETCH_DELTA, fetchDelta("..", HASH)),
        argumentSet(
            "a delta from a short hash",
            MessageType.FETCH_DELTA,
            fetchDelta("file", ByteString.copyFrom(new byte[31]))),
        argumentSet("a directory that is none", MessageType.STATE_BATCH, directory(false)),
        argumentSet(
            "a line end in a reason",
            MessageType.FOLDER_REFUSED,
            FolderRefusedP.newBuilder().setFolder("www").setReason("a\nb").build()),
        argumentSet(
            "an escape in a folder's name",
            MessageType.CREDIT,
            CreditP.newBuilder().setFolder("\u001b[2J").build()));
  }

  @ParameterizedTest
  @MethodSource("atTheBound")
  void whatReachesTheBoundIsTaken(int type, MessageLite message) throws ProtocolException {
    byte[] payload = message.toByteArray();
    assertThat(payload.length).isLessThan(Limits.CONTROL_FRAME_BYTES_MAX);
    assertThat(MessageDecoder.decode(type, payload)).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("beyondTheBound")
  void whatIsBeyondTheBoundIsRefused(int type, MessageLite message) {
    assertThatThrownBy(() -> MessageDecoder.decode(type, message.toByteArray()))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void dataIsTakenUpToItsBoundAndNotBeyond() throws ProtocolException {
    byte[] most = new byte[Limits.DATA_BYTES_MAX];
    byte[] more = new byte[Limits.DATA_BYTES_MAX + 1];
    for (int type : new int[] {MessageType.DATA, MessageType.SIGNATURE_PART}) {
      assertThat(MessageDecoder.piece(type, 1, 0, 0, most).bytes()).hasSize(Limits.DATA_BYTES_MAX);
      assertThatThrownBy(() -> MessageDecoder.piece(type, 1, 0, 0, more))
          .isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void aSignatureIsTakenUpToItsBoundAndNotBeyond() throws ProtocolException {
    assertThat(Limits.SIGNATURE_BYTES_MAX).isEqualTo(Signature.ENCODED_BYTES_MAX);
    int end = Limits.SIGNATURE_BYTES_MAX - 5;
    assertThat(MessageDecoder.piece(MessageType.SIGNATURE_PART, 1, end, 1, new byte[5]))
        .isInstanceOf(Message.SignaturePart.class);
    assertThatThrownBy(
            () -> MessageDecoder.piece(MessageType.SIGNATURE_PART, 1, end, 1, new byte[6]))
        .isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> MessageDecoder.piece(MessageType.MORE, 1, 0, 0, new byte[1]))
        .isInstanceOf(ProtocolException.class);
  }

  /** A system's error message may be anything; the peer must not end the connection over it. */
  @Test
  void aReasonOfAnyLengthWithAnythingInItIsSentSoThatThePeerTakesIt() throws ProtocolException {
    String reason = "no\nroom\u001b" + "x".repeat(5_000);
    for (Message message :
        List.of(
            new Message.Goodbye(reason),
            new Message.FetchFailed(1, reason),
            new Message.FolderRefused("www", reason))) {
      byte[] frame = MessageEncoder.encode(message);
      assertThat(MessageDecoder.decode(frame[4], Arrays.copyOfRange(frame, 5, frame.length)))
          .asString()
          .contains("no room xxx");
    }
  }

  private static HelloP hello(int capabilities) {
    return HelloP.newBuilder()
        .setVersion(Limits.VERSION)
        .setNode("node")
        .addAllCapability(IntStream.range(0, capabilities).mapToObj(i -> "c" + i).toList())
        .build();
  }

  private static CreditP credit(long bytes) {
    return CreditP.newBuilder().setFolder("www").setBytes(bytes).build();
  }

  private static ReadLogP readLog(int inlineBytesMax) {
    return ReadLogP.newBuilder().setFolder("www").setInlineBytesMax(inlineBytesMax).build();
  }

  private static LogBatchP inline(int bytes) {
    return LogBatchP.newBuilder()
        .setFolder("www")
        .setEnd(1)
        .addInline(
            InlineP.newBuilder().setHash(HASH).setContent(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  private static FetchP fetch(long offset, long length) {
    return FetchP.newBuilder()
        .setFolder("www")
        .setRequest(1)
        .setHash(HASH)
        .setPath(ByteString.copyFromUtf8("file"))
        .setOffset(offset)
        .setLength(length)
        .build();
  }

  private static MoreP more(long bytes) {
    return MoreP.newBuilder().setRequest(1).setBytes(bytes).build();
  }

  private static FetchDeltaP fetchDelta(String path, ByteString basis) {
    return FetchDeltaP.newBuilder()
        .setFolder("www")
        .setRequest(1)
        .setHash(HASH)
        .setPath(ByteString.copyFromUtf8(path))
        .setBasis(basis)
        .build();
  }

  private static ReplicaP replica(int number) {
    return ReplicaP.newBuilder().setNode("n" + number).setIncarnation(number).build();
  }

  private static List<ReplicaP> replicas(int count) {
    return IntStream.range(0, count).mapToObj(MessageBoundsTest::replica).toList();
  }

  private static VectorP vector(int count) {
    VectorP.Builder vector = VectorP.newBuilder();
    for (int i = 0; i < count; i++) {
      vector.addReplica(replica(i)).addCounter(1);
    }
    return vector.build();
  }

  private static FolderStateP folderState(VectorP context) {
    return FolderStateP.newBuilder()
        .setFolder("www")
        .setReplica(replica(0))
        .setContext(context)
        .build();
  }

  private static FolderStateP epochs(int count, int apart) {
    FolderStateP.Builder state = folderState(VectorP.getDefaultInstance()).toBuilder();
    for (int i = 0; i < count; i++) {
      state.addEpochs(LogEpochP.newBuilder().setFirst(1 + i * apart).setId(-1));
    }
    return state.build();
  }

  private static StateBatchP.Builder lastState() {
    return StateBatchP.newBuilder().setFolder("www").setKnown(KnownP.getDefaultInstance());
  }

  private static StateBatchP directory(boolean is) {
    return lastState()
        .addReplica(replica(1))
        .addEntry(
            EntryP.newBuilder()
                .setCounter(1)
                .setPath(ByteString.copyFromUtf8("d"))
                .setDirectory(is)
                .setMode(0755))
        .build();
  }

  private static StretchP stretch(int through, int digestBytes) {
    return StretchP.newBuilder()
        .setThrough(DotP.newBuilder().setCounter(through))
        .setDigest(ByteString.copyFrom(new byte[digestBytes]))
        .build();
  }

  private static ReadStateP readState(int stretches, int digestBytes) {
    ReadStateP.Builder request = ReadStateP.newBuilder().setFolder("www").addReplica(replica(1));
    for (int i = 1; i <= stretches; i++) {
      StretchP stretch = stretch(i, digestBytes);
      request.addStretch(i < stretches ? stretch : stretch.toBuilder().clearThrough().build());
    }
    return request.build();
  }
}
