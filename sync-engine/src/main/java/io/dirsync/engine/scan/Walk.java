package io.dirsync.engine.scan;

import io.dirsync.engine.scan.Scanner.WalkResult;
import io.dirsync.model.RelativePath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A part of the tree that is compared with the records. Belongs to the scanner's lane. */
final class Walk {
  long number;
  final RelativePath top;
  final ArrayDeque<RelativePath> directories = new ArrayDeque<>();
  final CompletableFuture<WalkResult> done = new CompletableFuture<>();

  /** Where nothing stands any more: looked at last, so that what was moved has its new name. */
  List<RelativePath> missing = new ArrayList<>();

  /** Directories that are being listed. */
  int listings;

  /** Looks that have not ended yet. */
  int waiting;

  long entries;
  long changed;
  long skipped;

  Walk(RelativePath top, long number) {
    this.top = top;
    this.number = number;
    directories.push(top);
  }

  /** Whether nothing has been compared yet: what was hinted at just now is still to come. */
  boolean isToBegin() {
    return listings == 0 && entries == 0 && directories.size() == 1 && waiting == 0;
  }

  /** Whether all that was in the records and on the disk so far has been looked at. */
  boolean isThrough() {
    return listings == 0 && directories.isEmpty() && waiting == 0;
  }
}
