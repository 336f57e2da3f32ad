package io.dirsync.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** The walls of the house: who may know whom, and which library lives in which room. */
@AnalyzeClasses(packages = "io.dirsync", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule modelAndVerdictsArePure =
      noClasses()
          .that()
          .resideInAnyPackage("io.dirsync.model..", "io.dirsync.conflict..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.io..",
              "java.nio.file..",
              "java.nio.channels..",
              "java.net..",
              "java.time..",
              "java.util.concurrent..",
              "org.slf4j..")
          .because("two replicas decide alike only if nothing but their arguments decides");

  @ArchTest
  static final ArchRule modelKnowsNobody =
      noClasses()
          .that()
          .resideInAPackage("io.dirsync.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.dirsync.conflict..",
              "io.dirsync.fs..",
              "io.dirsync.watcher..",
              "io.dirsync.protocol..",
              "io.dirsync.engine..")
          .because("the nouns are below everything");

  @ArchTest
  static final ArchRule fileSystemAndWatcherKnowNoOtherRoom =
      noClasses()
          .that()
          .resideInAnyPackage("io.dirsync.fs..", "io.dirsync.watcher..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.dirsync.model..",
              "io.dirsync.conflict..",
              "io.dirsync.protocol..",
              "io.dirsync.engine..")
          .because("the boundary to the disk speaks bytes and decides nothing");

  @ArchTest
  static final ArchRule protocolKnowsNeitherFilesNorDatabases =
      noClasses()
          .that()
          .resideInAPackage("io.dirsync.protocol..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.dirsync.fs..", "io.dirsync.watcher..", "io.dirsync.engine..", "org.rocksdb..")
          .because("what nodes say does not depend on where they keep it");

  @ArchTest
  static final ArchRule nobodyImportsTheCommands =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.dirsync.cli..", "io.dirsync.daemon..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.dirsync.cli..", "io.dirsync.daemon..")
          .because("packaging is the roof");

  @ArchTest
  static final ArchRule nettyAndProtobufStayInProtocol =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.dirsync.protocol..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "com.google.protobuf..")
          .because("one library, one room");

  @ArchTest
  static final ArchRule bytesAndSocketsDoNotLeakOutOfProtocol =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.dirsync.protocol..", "io.dirsync.daemon..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.dirsync.protocol.wire..", "io.dirsync.protocol.netty..")
          .because("nodes exchange messages; only who puts one together says by what they travel");

  @ArchTest
  static final ArchRule zstdStaysOnTheWire =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.dirsync.protocol.wire..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.luben..")
          .because("what a peer may make of its memory is bounded in one place");

  @ArchTest
  static final ArchRule rocksStaysInTheStore =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.dirsync.engine.store..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.rocksdb..")
          .because("one library, one room");

  @ArchTest
  static final ArchRule nativeCallsStayAtTheBoundary =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.dirsync.fs..", "io.dirsync.watcher..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..")
          .because("one place where a wrong offset can crash the process");

  @ArchTest
  static final ArchRule commandLineAndTomlStayInPackaging =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.dirsync.cli..", "io.dirsync.daemon..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", "org.tomlj..", "com.google.gson..")
          .because("one library, one room");

  @ArchTest
  static final ArchRule textsAreComparedWhereConflictsAreDecidedOrShown =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.dirsync.conflict..", "io.dirsync.daemon..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.eclipse.jgit..")
          .because("policies merge with it and people are shown differences, nobody else needs it");

  @ArchTest
  static final ArchRule deltasArePure =
      noClasses()
          .that()
          .resideInAPackage("io.dirsync.protocol.delta..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "com.google.protobuf..", "java.nio.file..")
          .because("what two files have in common does not depend on where they lie");

  @ArchTest
  static final ArchRule fastHashesStayInDelta =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.dirsync.protocol.delta..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.dynatrace.hash4j..")
          .because("they find blocks and decide nothing: SHA-256 decides what is published");

  @ArchTest
  static final ArchRule bouncyCastleOnlyMakesCertificates =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("io.dirsync.protocol.SelfSigned")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bouncycastle..")
          .because("it is needed when a key is made and loaded never again");

  @ArchTest
  static void theEngineTakesTimeAndThreadsFromItsEnvironment(JavaClasses imported) {
    classes()
        .that()
        .resideInAPackage("io.dirsync.engine..")
        .and()
        .doNotHaveFullyQualifiedName("io.dirsync.engine.SystemEnvironment")
        .and()
        .haveNameNotMatching(".*SystemEnvironment\\$.*")
        .should()
        .onlyCallMethodsThat(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "do not read the system clock",
                method ->
                    !(method.getFullName().startsWith("java.lang.System.currentTimeMillis")
                        || method.getFullName().startsWith("java.lang.System.nanoTime")
                        || method.getFullName().equals("java.time.Instant.now()"))))
        .because("a simulator runs many nodes on one thread with its own clock")
        .check(imported);
  }

  @Test
  void theTopLevelHoldsWhatItIsMeantToHold() throws IOException {
    Path root = Path.of("").toAbsolutePath().getParent();
    try (var entries = Files.list(root)) {
      Set<String> names =
          entries
              .map(path -> path.getFileName().toString())
              .filter(name -> !name.startsWith(".") && !name.equals("target"))
              .collect(Collectors.toCollection(TreeSet::new));
      Assertions.assertThat(names)
          .isSubsetOf(
              "LICENSE",
              "README.md",
              "conflict",
              "it",
              "packaging",
              "pom.xml",
              "protocol",
              "sync-engine",
              "watcher");
    }
  }
}
