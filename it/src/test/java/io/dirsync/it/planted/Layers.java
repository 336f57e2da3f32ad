package io.dirsync.it.planted;

import java.util.Map;

/** The layers that bugs are planted for, by name. */
final class Layers {
  private static final Map<String, String> CLASSES =
      Map.ofEntries(
          Map.entry("simulator", "io.dirsync.it.sim.SimulatorLayer$Usual"),
          Map.entry("simulator, power cuts", "io.dirsync.it.sim.SimulatorLayer$PowerCuts"),
          Map.entry("simulator, meddling users", "io.dirsync.it.sim.SimulatorLayer$Meddling"),
          Map.entry("simulator, older roots", "io.dirsync.it.sim.SimulatorLayer$StaleRoots"),
          Map.entry("unrecorded moves", "io.dirsync.engine.recovery.UnrecordedMovesTest"),
          Map.entry("second dots", "io.dirsync.engine.recovery.SecondDotsTest"),
          Map.entry("scan", "io.dirsync.it.sim.ScanTest"),
          Map.entry("scanner", "io.dirsync.engine.scan.ScannerTest"),
          Map.entry("older database", "io.dirsync.it.sim.OlderDatabaseTest"),
          Map.entry("older root", "io.dirsync.it.sim.OlderRootTest"),
          Map.entry("tree moves", "io.dirsync.it.sim.TreeMoveTest"),
          Map.entry("twins", "io.dirsync.it.sim.TwinsTest"),
          Map.entry("ignored paths", "io.dirsync.it.sim.IgnoredPathsTest"),
          Map.entry("deep paths", "io.dirsync.it.sim.DeepPathsTest"),
          Map.entry("flush", "io.dirsync.it.sim.FlushTest"),
          Map.entry("resumed transfers", "io.dirsync.engine.apply.ResumeTest"),
          Map.entry("simulator, clocks", "io.dirsync.it.sim.SimulatorLayer$Clocks"),
          Map.entry("line union", "io.dirsync.conflict.LineUnionTest"),
          Map.entry("settlement", "io.dirsync.conflict.SettlementTest"),
          Map.entry("recorder", "io.dirsync.engine.scan.RecorderTest"),
          Map.entry("broken disk", "io.dirsync.it.sim.BrokenDiskTest"),
          Map.entry("comparison", "io.dirsync.it.sim.ComparisonTest"),
          Map.entry("local writes", "io.dirsync.engine.LocalWritesTest"),
          Map.entry("folder writer", "io.dirsync.engine.FolderWriterTest"),
          Map.entry("folder session", "io.dirsync.engine.session.FolderSessionTest"),
          Map.entry("small scope", "io.dirsync.it.scope.ScopeLayer"),
          Map.entry("model vectors", "io.dirsync.conflict.ModelVectorsTest"),
          Map.entry("log server", "io.dirsync.engine.session.LogServerTest"),
          Map.entry("delete brake", "io.dirsync.engine.DeleteBrakeTest"),
          Map.entry("RocksDB contract", "io.dirsync.engine.store.RocksFolderStoreTest"),
          Map.entry("memory contract", "io.dirsync.engine.store.MemoryFolderStoreTest"),
          Map.entry("volume contract", "io.dirsync.fs.PosixVolumeContractTest"));

  private Layers() {}

  /**
   * @throws IllegalArgumentException if there is no such layer
   */
  static Layer load(String name, ClassLoader classes) throws ReflectiveOperationException {
    String found = CLASSES.get(name);
    if (found == null) {
      throw new IllegalArgumentException("no layer is called '" + name + "'");
    }
    Class<?> loaded = Class.forName(found, true, classes);
    return Layer.class.isAssignableFrom(loaded)
        ? loaded.asSubclass(Layer.class).getDeclaredConstructor().newInstance()
        : new JUnitLayer(loaded);
  }
}
