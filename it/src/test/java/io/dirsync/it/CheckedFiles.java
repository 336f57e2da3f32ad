package io.dirsync.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Files that tell by themselves whether they are whole: a hash, then what it is the hash of. */
final class CheckedFiles {
  private static final int HASH_BYTES = 64;

  private CheckedFiles() {}

  static byte[] content(long seed, int bodyBytes) {
    byte[] body = new byte[bodyBytes];
    new SplittableRandom(seed).nextBytes(body);
    byte[] content = Arrays.copyOf(hash(body), HASH_BYTES + bodyBytes);
    System.arraycopy(body, 0, content, HASH_BYTES, bodyBytes);
    return content;
  }

  /**
   * Writes as a careful program does: elsewhere, then renamed into place, so that the writer's own
   * tree never shows a part either.
   *
   * @param aside a directory on the same file system that is not shared
   */
  static void write(Path aside, Path file, byte[] content) throws IOException {
    Path whole = Files.createTempFile(aside, "new", "");
    Files.write(whole, content);
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean isWhole(byte[] content) {
    return content.length >= HASH_BYTES
        && Arrays.equals(
            Arrays.copyOf(content, HASH_BYTES),
            hash(Arrays.copyOfRange(content, HASH_BYTES, content.length)));
  }

  private static byte[] hash(byte[] body) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
      return HexFormat.of().formatHex(hash).getBytes(StandardCharsets.US_ASCII);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** How many files stand below a directory. */
  static long count(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).count();
    } catch (java.io.UncheckedIOException e) {
      return 0; // What is being written was counted while it moved.
    }
  }

  /** Reads every file below some roots again and again, as visitors of a web server do. */
  static final class Reader implements AutoCloseable {
    private static final long BETWEEN_MILLIS = 20;

    private final List<Path> roots;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Map<Path, Object> known = new HashMap<>();
    private final List<String> torn = new ArrayList<>();
    private long read;

    Reader(Path... roots) {
      this.roots = List.of(roots);
      thread.scheduleWithFixedDelay(this::pass, 0, BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void pass() {
      for (Path root : roots) {
        look(root);
      }
    }

    private void look(Path directory) {
      try (Stream<Path> entries = Files.list(directory)) {
        for (Path entry : entries.toList()) {
          if (entry.getFileName().toString().equals(".dirsync")) {
            continue;
          }
          if (Files.isDirectory(entry)) {
            look(entry);
          } else {
            check(entry);
          }
        }
      } catch (NoSuchFileException e) {
        // It was removed meanwhile.
      } catch (IOException | java.io.UncheckedIOException e) {
        torn.add(directory + ": " + e);
      }
    }

    private void check(Path file) throws IOException {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        Object identity = List.of(now.fileKey(), now.lastModifiedTime(), now.size());
        if (!identity.equals(known.put(file, identity))) {
          read++;
          if (!isWhole(Files.readAllBytes(file))) {
            torn.add(file + " is not whole");
          }
        }
      } catch (NoSuchFileException e) {
        // It was removed meanwhile.
      }
    }

    /** How many different files or versions were read so far. */
    synchronized long read() {
      return read;
    }

    /** What was seen that was not whole. */
    synchronized List<String> torn() {
      return List.copyOf(torn);
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }
}
