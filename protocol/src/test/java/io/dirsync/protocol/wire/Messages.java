package io.dirsync.protocol.wire;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import io.dirsync.protocol.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** One message of each kind, with every field set. */
final class Messages {
  static final ReplicaId A = new ReplicaId("a", 1);
  static final ReplicaId B = new ReplicaId("b", -2);

  private Messages() {}

  static Map<String, Message> all() {
    VersionVector vector = new VersionVector(new TreeMap<>(Map.of(A, 3L, B, 4L)));
    Message.Known known = new Message.Known(vector, Set.of(new Dot(B, 9)));
    ContentHash hash = new ContentHash(1, 2, 3, 4);
    Version file =
        new Version(
            new Dot(A, 1),
            RelativePath.of(new byte[] {'d', '/', (byte) 0xff, (byte) 0xfe}),
            new Content.File(hash, 5),
            new Attributes(0644, 1_234_567_890_123_456_789L, "www", "web"),
            77,
            List.of(new Dot(B, 1)),
            new Dot(B, 1),
            true);
    Version link =
        new Version(
            new Dot(A, 2),
            RelativePath.of("l"),
            new Content.Symlink(LinkTarget.of(new byte[] {'.', '.', '/', 'x'})),
            new Attributes(0777, -5),
            78,
            List.of(),
            null,
            false);
    Version directory =
        new Version(
            new Dot(A, 3),
            RelativePath.of("d"),
            Content.Directory.VALUE,
            new Attributes(0755, 0),
            79,
            List.of(),
            null,
            false);
    AttributeChange change =
        new AttributeChange(
            new Dot(B, 4),
            RelativePath.of("d"),
            List.of(
                new AttributeChange.Field(
                    AttributeName.MODE, new AttributeValue.OfNumber(0700), 80),
                new AttributeChange.Field(
                    AttributeName.OWNER, new AttributeValue.OfText("root"), 81)));
    Map<String, Message> all = new LinkedHashMap<>();
    LogEpochs epochs =
        new LogEpochs(List.of(new LogEpochs.Epoch(1, -1), new LogEpochs.Epoch(4, 77)));
    all.put("hello", new Message.Hello(1, "a", Set.of("x", "y"), 7));
    all.put("folder-state", new Message.FolderState("www", A, 2, 5, vector, epochs));
    all.put("folder-refused", new Message.FolderRefused("www", "not shared"));
    all.put("twins", new Message.Twins("www", "here and there"));
    all.put("read-log", new Message.ReadLog("www", 7, 1 << 20, 65536));
    all.put("credit", new Message.Credit("www", 4096));
    all.put(
        "log-batch",
        new Message.LogBatch(
            "www",
            List.of(
                new Message.LogEntry(
                    8, new Event(List.of(file, link), Set.of(new Dot(B, 1)), Set.of())),
                new Message.LogEntry(
                    9, new Event(List.of(directory, change), Set.of(), Set.of(new Dot(A, 1))))),
            List.of(new Message.Inline(hash, new byte[] {1, 2, 3, 4, 5})),
            9,
            9,
            known));
    List<Message.Stretch> stretches =
        List.of(
            new Message.Stretch(new Dot(A, 7), new Message.Digest(1, -2)),
            new Message.Stretch(null, null));
    all.put("read-state", new Message.ReadState("www", 3, new Cursor(8, 71), 4096, stretches));
    all.put("state-differs", new Message.StateDiffers("www", 3, new Dot(A, 1), new Dot(B, 2)));
    all.put(
        "state-stretches",
        new Message.StateStretches("www", 3, new Dot(A, 1), new Dot(B, 2), stretches));
    all.put(
        "state-batch",
        new Message.StateBatch(
            "www", 3, new Dot(A, 1), new Dot(A, 8), List.of(link, directory), known));
    all.put("state-end", new Message.StateEnd("www", 3, 9, known));
    all.put("applied", new Message.Applied("www", 9));
    all.put("fetch", new Message.Fetch("www", 3, hash, RelativePath.of("f"), 100, 200));
    all.put(
        "fetch-delta",
        new Message.FetchDelta("www", 3, hash, RelativePath.of("f"), new ContentHash(5, 6, 7, 8)));
    all.put("signature-wanted", new Message.SignatureWanted(3));
    all.put("more", new Message.More(3, 4096));
    all.put("pace", new Message.Pace(1 << 20));
    all.put("cancel", new Message.Cancel(3));
    all.put("fetch-failed", new Message.FetchFailed(3, "gone"));
    all.put("ping", new Message.Ping(1));
    all.put("pong", new Message.Pong(1));
    all.put("goodbye", new Message.Goodbye("stopping"));
    return all;
  }
}
