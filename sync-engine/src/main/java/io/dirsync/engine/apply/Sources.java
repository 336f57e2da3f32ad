package io.dirsync.engine.apply;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.engine.Environment;
import io.dirsync.engine.Layout;
import io.dirsync.engine.RecentContents;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds where the contents of a job come from: this folder, memory, or a peer that is then asked
 * for them. On the writer's lane.
 */
final class Sources {
  private static final int LOCATIONS_MAX = 4;

  /** After so many files that were gone when they were opened, a content is fetched whole. */
  private static final int OVERTAKEN_MAX = 4;

  /**
   * After so many attempts a path's content is copied from no other path: what is recorded there
   * may be there no more and stay recorded, as in a folder that only receives.
   */
  private static final int COPIES_TRIED_MAX = 10;

  private final FolderStore store;
  private final RecentContents recent;
  private final Transfers transfers;
  private final FormerContents formers;
  private final Environment environment;

  private final Works works;
  private final Jobs jobs;

  Sources(
      FolderStore store,
      RecentContents recent,
      Transfers transfers,
      FormerContents formers,
      Environment environment,
      Works works,
      Jobs jobs) {
    this.store = store;
    this.recent = recent;
    this.transfers = transfers;
    this.formers = formers;
    this.environment = environment;
    this.works = works;
    this.jobs = jobs;
  }

  /**
   * The sources of a job's contents, as far as they are at hand.
   *
   * @param landing a path whose job has to end first: the content is there, but on its way to
   *     another place of this disk
   */
  record Found(
      Job.Action action,
      Job.@Nullable Source main,
      List<ConflictCopy> copies,
      Map<Dot, Job.Source> ofCopies,
      @Nullable RelativePath landing,
      boolean complete) {
    Job job(PathRecord record, Rendering rendering) {
      return new Job(record, rendering, action, main, copies, ofCopies);
    }
  }

  Found find(Work work, PathRecord record, Rendering rendering) {
    Shown wanted = rendering.shown();
    Job.Action action = Job.Action.of(record, wanted);
    Set<Dot> kept = record.copyDots();
    List<ConflictCopy> missing = new ArrayList<>();
    for (ConflictCopy copy : rendering.copies()) {
      if (!kept.contains(copy.dot())) {
        missing.add(copy);
      }
    }
    // A content that several of these need comes for one of them; the others copy it from there, in
    // a job that follows.
    Set<ContentHash> used = new HashSet<>();
    boolean complete = true;
    RelativePath landing = null;
    Job.Source main = null;
    if (action == Job.Action.FILE
        && wanted != null
        && wanted.content() instanceof Content.File file) {
      used.add(file.hash());
      boolean mayMove = record.shown() == null && missing.isEmpty();
      main = source(work, file, mayMove).orElse(null);
      if (main == null) {
        complete = false;
        landing = landing(file.hash());
        if (landing == null) {
          landing = want(work, file, wanted, record);
        }
      }
    }
    List<ConflictCopy> copies = new ArrayList<>();
    Map<Dot, Job.Source> ofCopies = new HashMap<>();
    for (ConflictCopy copy : missing) {
      if (copy.content() instanceof Content.File file) {
        if (!used.add(file.hash())) {
          continue;
        }
        Optional<Job.Source> source = source(work, file, false);
        if (source.isEmpty()) {
          complete = false;
          transfers.want(work, file, copy.path(), basis(work, record));
          continue;
        }
        ofCopies.put(copy.dot(), source.get());
      }
      copies.add(copy);
    }
    // What has come is kept even if the rest cannot be had now: a peer may wait for it, and have
    // the rest.
    boolean mainThere = action != Job.Action.FILE || main != null;
    boolean progress = action != Job.Action.KEEP || !copies.isEmpty();
    if (work.fetchAttempts > 0 && mainThere && progress) {
      complete = true;
    }
    if (!complete) {
      keepFetched(work, main);
      ofCopies.values().forEach(source -> keepFetched(work, source));
    }
    return new Found(action, main, copies, ofCopies, landing, complete);
  }

  /**
   * Has a content fetched, and finds what it may be made of.
   *
   * @return a path whose job has to end first: what it may be made of is on its way to another
   *     place; null if it is being fetched
   */
  private @Nullable RelativePath want(
      Work work, Content.File file, Shown wanted, PathRecord record) {
    Basis basis = basis(work, record);
    if (basis == null && mayUseBasis(work) && !work.fetching.contains(file.hash())) {
      List<Version> versions = new ArrayList<>();
      for (Dot dot : wanted.dots()) {
        if (store.live().get(dot).orElse(null) instanceof Version version) {
          versions.add(version);
        }
      }
      for (Content.File former :
          formers.like(file, work.path, versions, environment.elapsedNanos())) {
        RelativePath landing = null;
        for (RelativePath place : store.locations(former.hash(), LOCATIONS_MAX)) {
          if (jobs.inFlight(place)) {
            landing = place;
          } else if (basis == null) {
            basis = basisAt(place, former);
          }
        }
        if (basis != null) {
          work.former = former;
          break;
        }
        if (landing != null) {
          return landing;
        }
      }
    }
    transfers.want(work, file, work.path, basis);
    return null;
  }

  /** The file at the path itself. */
  private static @Nullable Basis basis(Work work, PathRecord record) {
    return mayUseBasis(work) ? Basis.of(record) : null;
  }

  private static boolean mayUseBasis(Work work) {
    return !work.whole && work.overtaken < OVERTAKEN_MAX;
  }

  private @Nullable Basis basisAt(RelativePath place, Content.File content) {
    if (Layout.isPrivate(place)) {
      return new Basis(place, content, null);
    }
    Basis shown = Basis.of(store.record(place));
    return shown != null && shown.content().equals(content) ? shown : null;
  }

  private static void keepFetched(Work work, Job.@Nullable Source source) {
    if (source instanceof Job.Source.Fetched(ContentHash hash, StagedFile file)) {
      work.fetched.put(hash, file);
    }
  }

  /** A path of this folder that shows the content, while a job is about to change the path. */
  private @Nullable RelativePath landing(ContentHash hash) {
    for (RelativePath place : store.locations(hash, LOCATIONS_MAX)) {
      if (jobs.inFlight(place)) {
        return place;
      }
    }
    return null;
  }

  /**
   * Where a content can be had without asking a peer: cheapest first, which is a file that loses
   * its name, then one that keeps it, then the trash, then one that must be read to be sure of.
   */
  private Optional<Job.Source> source(Work work, Content.File content, boolean mayMove) {
    StagedFile fetched = work.fetched.remove(content.hash());
    if (fetched != null) {
      return Optional.of(new Job.Source.Fetched(content.hash(), fetched));
    }
    if (content.size() == 0) {
      return Optional.of(new Job.Source.Bytes(new byte[0]));
    }
    Optional<byte[]> bytes = recent.use(content.hash());
    if (bytes.isPresent() && bytes.get().length == content.size()) {
      return Optional.of(new Job.Source.Bytes(bytes.get()));
    }
    Job.Source copy = null;
    Job.Source fromTrash = null;
    // It may have been written to since; who copies it compares what comes of that.
    Job.Source unsure = null;
    for (RelativePath place : store.locations(content.hash(), LOCATIONS_MAX)) {
      if (jobs.inFlight(place)) {
        continue;
      }
      if (Layout.isPrivate(place)) {
        fromTrash = new Job.Source.Copy(place, PathRecord.empty(place));
        continue;
      }
      PathRecord record = store.record(place);
      Shown shown = record.shown();
      Fingerprint fingerprint = record.fingerprint();
      if (shown == null || fingerprint == null || !shown.content().equals(content)) {
        continue;
      }
      boolean tried = work.attempts > COPIES_TRIED_MAX;
      if (fingerprint.racy()) {
        unsure = tried ? unsure : new Job.Source.Copy(place, record);
        continue;
      }
      if (mayMove
          && works.isDirty(place)
          && !place.equals(work.path)
          && Renderer.at(store.live(), place).shown() == null) {
        return Optional.of(new Job.Source.Move(record));
      }
      if (!tried) {
        copy = new Job.Source.Copy(place, record);
      }
    }
    return Stream.of(copy, fromTrash, unsure).filter(Objects::nonNull).findFirst();
  }
}
