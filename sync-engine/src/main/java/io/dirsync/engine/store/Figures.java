package io.dirsync.engine.store;

/** The numbers that every commit writes along with what changed them. */
record Figures(FolderStore.Totals totals, long floor, long end) {
  static final Figures NONE = new Figures(new FolderStore.Totals(0, 0, 0, 0), 0, 0);
}
