package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Attributes;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import java.io.IOException;
import java.util.Objects;
import java.util.OptionalInt;

/** Makes the files of a job, complete but without a name. */
final class Stager {
  private static final int BUFFER_BYTES = 128 << 10;

  private final Volume volume;
  private final boolean owners;

  Stager(Volume volume, boolean owners) {
    this.volume = volume;
    this.owners = owners;
  }

  /** The file that a job wanted to copy has changed: it must be planned anew. */
  static final class SourceChangedException extends IOException {
    private static final long serialVersionUID = 1;

    SourceChangedException(String message) {
      super(message);
    }
  }

  void stage(Job job) throws IOException {
    if (job.action == Job.Action.FILE && !(job.source instanceof Job.Source.Move)) {
      var shown = Objects.requireNonNull(job.desired.shown());
      job.staged =
          stage(
              Objects.requireNonNull(job.source),
              (Content.File) shown.content(),
              shown.attributes());
    }
    for (ConflictCopy copy : job.newCopies) {
      if (copy.content() instanceof Content.File content) {
        Job.Source source = Objects.requireNonNull(job.copySources.get(copy.dot()));
        job.stagedCopies.put(copy.dot(), stage(source, content, copy.attributes()));
      }
    }
  }

  private StagedFile stage(Job.Source source, Content.File content, Attributes attributes)
      throws IOException {
    StagedFile staged =
        source instanceof Job.Source.Fetched fetched
            ? fetched.file()
            : volume.stage(Layout.STAGING.bytes());
    try {
      switch (source) {
        case Job.Source.Bytes(byte[] bytes) -> staged.write(0, bytes, 0, bytes.length);
        case Job.Source.Copy copy -> copy(copy, content, staged);
        case Job.Source.Fetched _, Job.Source.Move _, Job.Source.Tree _ -> {}
      }
      apply(staged, attributes);
      return staged;
    } catch (IOException | RuntimeException e) {
      staged.close();
      throw e;
    }
  }

  private void apply(StagedFile staged, Attributes attributes) throws IOException {
    if (owners) {
      OptionalInt uid =
          attributes.owner().isEmpty() ? OptionalInt.empty() : volume.uid(attributes.owner());
      OptionalInt gid =
          attributes.group().isEmpty() ? OptionalInt.empty() : volume.gid(attributes.group());
      if (uid.isPresent() || gid.isPresent()) {
        staged.setOwner(uid.orElse(-1), gid.orElse(-1));
      }
    }
    staged.setMode(attributes.mode());
    staged.setMtime(attributes.mtimeNanos());
  }

  private void copy(Job.Source.Copy copy, Content.File content, StagedFile staged)
      throws IOException {
    Fingerprint fingerprint = copy.record().fingerprint();
    try (ReadableFile from = volume.open(copy.from().bytes())) {
      // With the time of its last change: length and time of content can be kept by who writes.
      if (fingerprint != null && !fingerprint.racy() && fingerprint.matches(from.status())) {
        staged.copyFrom(from, 0, 0, content.size());
        staged.truncate(content.size());
        requireSame(fingerprint, from, copy);
        return;
      }
      ContentHasher hasher = new ContentHasher();
      byte[] buffer = new byte[BUFFER_BYTES];
      int count;
      while ((count = from.read(hasher.length(), buffer, 0, buffer.length)) > 0) {
        staged.write(hasher.length(), buffer, 0, count);
        hasher.update(buffer, 0, count);
      }
      if (hasher.length() != content.size() || !hasher.finish().equals(content.hash())) {
        throw new SourceChangedException(copy.from() + " no longer holds the content wanted");
      }
    } catch (java.nio.file.NoSuchFileException e) {
      throw new SourceChangedException(copy.from() + " is gone");
    }
  }

  private static void requireSame(Fingerprint fingerprint, ReadableFile from, Job.Source.Copy copy)
      throws IOException {
    if (!fingerprint.sameContent(from.status())) {
      throw new SourceChangedException(copy.from() + " has changed");
    }
  }
}
