package io.dirsync.engine.apply;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Layout;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives conflict copies their names in the conflict area, and takes those out that are none. */
final class ConflictCopies {
  private final Volume volume;
  private final Environment environment;
  private final Trash trash;

  ConflictCopies(Volume volume, Environment environment, Trash trash) {
    this.volume = volume;
    this.environment = environment;
    this.trash = trash;
  }

  private static Set<Dot> wanted(Job job) {
    Set<Dot> wanted = new HashSet<>();
    for (ConflictCopy copy : job.desired.copies()) {
      wanted.add(copy.dot());
    }
    return wanted;
  }

  /** Makes those that are missing; returns them with those that were there and stay. */
  List<PathRecord.Copy> add(Job job) throws IOException {
    Set<Dot> wanted = wanted(job);
    List<PathRecord.Copy> copies = new ArrayList<>();
    for (PathRecord.Copy copy : job.basis.copies()) {
      if (wanted.contains(copy.dot())) {
        copies.add(copy);
      }
    }
    for (ConflictCopy copy : job.newCopies) {
      copies.add(add(copy, job.stagedCopies.get(copy.dot())));
    }
    return copies;
  }

  /** Puts those into the trash that are none any more; returns those that could not be. */
  List<PathRecord.Copy> drop(Job job, List<Outcome.Trashed> trashed) {
    Set<Dot> wanted = wanted(job);
    List<PathRecord.Copy> left = new ArrayList<>();
    for (PathRecord.Copy copy : job.basis.copies()) {
      if (wanted.contains(copy.dot())) {
        continue;
      }
      try {
        if (volume.find(copy.file().bytes()).isPresent()) {
          RelativePath kept =
              trash.keep(
                  copy.file(),
                  copy.file().moved(Layout.PRIVATE, RelativePath.ROOT),
                  environment.clock().instant());
          if (copy.content() instanceof Content.File file) {
            trashed.add(new Outcome.Trashed(file.hash(), kept));
          }
        }
      } catch (IOException e) {
        // The path shows what it should; this one is tried again.
        left.add(copy);
      }
    }
    return left;
  }

  private PathRecord.Copy add(ConflictCopy copy, @Nullable StagedFile staged) throws IOException {
    RelativePath file = ConflictArea.file(copy);
    Layout.mkdirs(volume, file.parent().orElseThrow());
    if (volume.find(file.bytes()).isPresent()) {
      // Left from before a crash: what it holds is made again.
      volume.unlink(file.bytes());
    }
    if (copy.content() instanceof Content.Symlink link) {
      volume.symlink(link.target().bytes(), file.bytes());
    } else {
      Objects.requireNonNull(staged).link(file.bytes());
    }
    return new PathRecord.Copy(copy.dot(), copy.content(), copy.attributes(), copy.stamp(), file);
  }
}
