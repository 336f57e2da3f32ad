package io.dirsync.engine.store;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values that the tests of stores talk about. */
final class Samples {
  static final ReplicaId A = new ReplicaId("alpha", 7);
  static final ReplicaId B = new ReplicaId("beta", -1);
  static final ReplicaId C = new ReplicaId("gamma", 3);
  static final Attributes PLAIN = new Attributes(0644, 1_700_000_000_123_456_789L);

  private Samples() {}

  static Dot a(long counter) {
    return new Dot(A, counter);
  }

  static Dot b(long counter) {
    return new Dot(B, counter);
  }

  static Dot c(long counter) {
    return new Dot(C, counter);
  }

  static RelativePath path(String path) {
    return RelativePath.of(path);
  }

  /** A path whose bytes are these characters' numbers. */
  static RelativePath bytes(String path) {
    return RelativePath.of(path.getBytes(StandardCharsets.ISO_8859_1));
  }

  static ContentHash hash(long number) {
    return new ContentHash(number, 2, 3, 4);
  }

  static Content.File file(long number, long size) {
    return new Content.File(hash(number), size);
  }

  static Content.Symlink link(String target) {
    return new Content.Symlink(LinkTarget.of(target.getBytes(StandardCharsets.UTF_8)));
  }

  static Version version(Dot dot, String path) {
    return version(dot, path(path));
  }

  static Version version(Dot dot, RelativePath path) {
    return version(dot, path, List.of(), null);
  }

  static Version version(
      Dot dot, RelativePath path, List<Dot> supersedes, @Nullable Dot movedFrom) {
    return new Version(
        dot,
        path,
        file(dot.counter(), 10),
        PLAIN,
        1_000 + dot.counter(),
        supersedes,
        movedFrom,
        false);
  }

  static AttributeChange chmod(Dot dot, String path) {
    return new AttributeChange(
        dot,
        path(path),
        List.of(
            new AttributeChange.Field(AttributeName.MODE, new AttributeValue.OfNumber(0600), 5)));
  }

  static Event added(LiveEntry... entries) {
    return new Event(List.of(entries), Set.of(), Set.of());
  }

  static Event removed(Dot... dots) {
    return new Event(List.of(), Set.of(dots), Set.of());
  }

  /** A record of something shown, by one dot. */
  static PathRecord shown(RelativePath path, Content content, Dot dot) {
    return new PathRecord(
        path,
        new Shown(content, PLAIN, Set.of(dot), Set.of()),
        content.isDirectory() ? null : new Fingerprint(42, content.sizeBytes(), 1, 2, false),
        List.of());
  }

  static PathRecord shown(String path, Content content) {
    return shown(path(path), content, a(1));
  }

  static PathRecord.Copy copy(Dot dot, Content content, String file) {
    return new PathRecord.Copy(dot, content, PLAIN, 77, path(file));
  }
}
