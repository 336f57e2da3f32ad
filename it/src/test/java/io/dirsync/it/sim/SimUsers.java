package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.model.ContentHash;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Writes, moves, deletes and changes modes in the nodes' folders, and keeps a ledger of lines: each
 * is written once, and is owed until a user has written over it or deleted it where it stood. Files
 * have one line, but where users edit them.
 */
final class SimUsers {
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final int[] FILE_MODES = {0644, 0600, 0755};

  private final SplittableRandom random;
  private final Trace trace;
  private final boolean editing;
  private final Set<String> owed = new HashSet<>();
  private final Map<String, String> writtenWhere = new HashMap<>();
  private final Set<String> put = new HashSet<>();
  private final Set<String> handled = new HashSet<>();
  private final Set<String> files = new HashSet<>();
  private int number;

  /**
   * @param editing whether users change lines of what is there, else only replace all of it
   */
  SimUsers(SplittableRandom random, Trace trace, boolean editing) {
    this.random = random;
    this.trace = trace;
    this.editing = editing;
  }

  /** Lines that nobody has given up. */
  Set<String> owed() {
    return owed;
  }

  /** Whether users have written every line of a content, and that is not nothing. */
  boolean hasWritten(String content) {
    List<String> lines = lines(content);
    return !lines.isEmpty() && writtenWhere.keySet().containsAll(lines);
  }

  /** Whether a content has only lines of users, and none of them has written it as a whole. */
  boolean isPutTogether(String content) {
    return hasWritten(content) && lines(content).size() > 1 && !files.contains(content);
  }

  static List<String> lines(String content) {
    return content.lines().filter(line -> !line.isEmpty()).toList();
  }

  /** All lines that users of this node have written. */
  Set<String> writtenOn(SimNode node) {
    Set<String> contents = new HashSet<>(writtenWhere.keySet());
    contents.removeIf(content -> !writtenWhere(content).startsWith(node.name() + ":"));
    return contents;
  }

  /** Whether a user has put something there on this node, itself or with what is above it. */
  boolean hasPut(SimNode node, String path) {
    return put.stream().anyMatch(each -> (node.name() + ":" + path + "/").startsWith(each + "/"));
  }

  /** Whether a user has written this content on this node, or moved it there. */
  boolean hasHandled(String node, ContentHash content) {
    return handled.contains(node + ":" + content);
  }

  private void handle(SimNode node, String content) {
    handled.add(node.name() + ":" + ContentHasher.hash(bytes(content)));
  }

  String writtenWhere(String content) {
    return writtenWhere.getOrDefault(content, "?");
  }

  /** A power cut took with it what nobody had synced. */
  void excuse(Set<String> lost) {
    owed.removeAll(lost);
  }

  /** One user on one machine does one thing, or fails to. */
  void act(SimNode node) {
    String path = path();
    try {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3, 4 -> {
          if (editing && random.nextInt(5) > 0) {
            edit(node, path);
          } else {
            write(node, path);
          }
        }
        case 5, 6 -> remove(node, path);
        case 7, 8 -> move(node, path, path());
        case 9 -> mkdir(node, path);
        case 10 -> chmod(node, path);
        default -> symlink(node, path);
      }
    } catch (IOException e) {
      trace.add("refused", node.name(), path);
    }
  }

  /** One user on one machine does something to one path. */
  void meddle(SimNode node, String path) {
    try {
      switch (random.nextInt(6)) {
        case 0 -> remove(node, path);
        case 1 -> move(node, path, path());
        case 2, 3, 4 -> save(node, path);
        default -> write(node, path);
      }
    } catch (IOException e) {
      trace.add("refused", node.name(), path);
    }
  }

  private String path() {
    StringBuilder path = new StringBuilder(NAMES.get(random.nextInt(NAMES.size())));
    // Who edits meets others at few paths.
    boolean near = editing && random.nextInt(4) > 0;
    for (int depth = near ? 0 : random.nextInt(3); depth > 0; depth--) {
      path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
    }
    return path.toString();
  }

  private void write(SimNode node, String path) throws IOException {
    String line = "content " + ++number;
    write(node, path, line, line);
  }

  /** Adds a line to what is there, or puts one in another's place. */
  private void edit(SimNode node, String path) throws IOException {
    String line = "content " + ++number;
    List<String> lines = new ArrayList<>(lines(contentAt(node, path)));
    int at = random.nextInt(lines.size() + 1);
    if (at < lines.size() && random.nextInt(4) == 0) {
      lines.set(at, line);
    } else {
      lines.add(random.nextBoolean() ? lines.size() : at, line);
    }
    write(node, path, String.join("\n", lines) + "\n", line);
  }

  private void write(SimNode node, String path, String content, String line) throws IOException {
    String before = contentAt(node, path);
    buryDisplaced(node, path);
    node.user().write(bytes(path), bytes(content));
    files.add(content);
    handle(node, content);
    trace.add("write", node.name(), path, content);
    List<String> gone = new ArrayList<>(lines(before));
    gone.removeAll(lines(content));
    owed.removeAll(gone);
    owed.add(line);
    writtenWhere.put(line, node.name() + ":" + path);
    put.add(node.name() + ":" + path);
    node.tell(new Hint.Closed(bytes(path)));
  }

  /** As editors do: a new file takes the name. */
  private void save(SimNode node, String path) throws IOException {
    String content = "content " + ++number;
    String aside = "saved " + number;
    String before = contentAt(node, path);
    SimDisk.User user = node.user();
    user.write(bytes(aside), bytes(content));
    try {
      user.rename(bytes(aside), bytes(path));
    } catch (IOException e) {
      user.remove(bytes(aside));
      throw e;
    }
    trace.add("save", node.name(), path, content);
    handle(node, content);
    bury(before);
    buryDisplaced(node, path);
    owed.add(content);
    writtenWhere.put(content, node.name() + ":" + path);
    put.add(node.name() + ":" + path);
    node.tell(new Hint.Moved(bytes(aside), bytes(path), false));
  }

  private void remove(SimNode node, String path) throws IOException {
    Map<String, String> before = node.tree();
    node.user().remove(bytes(path));
    trace.add("remove", node.name(), path);
    buryDisplaced(node, path);
    before.forEach(
        (each, what) -> {
          if (each.equals(path) || each.startsWith(path + "/")) {
            bury(contentOf(what));
          }
        });
    node.tell(new Hint.Touched(bytes(path)));
  }

  private void move(SimNode node, String from, String to) throws IOException {
    String replaced = contentAt(node, to);
    SimDisk.User user = node.user();
    Map<String, String> before = node.tree();
    boolean directory = before.getOrDefault(from, "").startsWith("directory");
    user.rename(bytes(from), bytes(to));
    before.forEach(
        (each, what) -> {
          if (each.equals(from) || each.startsWith(from + "/")) {
            handle(node, contentOf(what));
          }
        });
    put.add(node.name() + ":" + to);
    trace.add("move", node.name(), from, to);
    if (!from.equals(to)) {
      bury(replaced);
      buryDisplaced(node, from);
      buryDisplaced(node, to);
    }
    node.tell(new Hint.Moved(bytes(from), bytes(to), directory));
  }

  private void mkdir(SimNode node, String path) throws IOException {
    node.user().mkdir(bytes(path));
    trace.add("mkdir", node.name(), path);
    node.tell(new Hint.Touched(bytes(path)));
    node.tell(new Hint.Rescan(bytes(path)));
  }

  private void chmod(SimNode node, String path) throws IOException {
    if (node.tree().getOrDefault(path, "").startsWith("file")) {
      node.user().setMode(bytes(path), FILE_MODES[random.nextInt(FILE_MODES.length)]);
      trace.add("chmod", node.name(), path);
      node.tell(new Hint.Touched(bytes(path)));
    }
  }

  private void symlink(SimNode node, String path) throws IOException {
    node.user().symlink(bytes("target " + ++number), bytes(path));
    trace.add("symlink", node.name(), path);
    node.tell(new Hint.Touched(bytes(path)));
  }

  private static String contentAt(SimNode node, String path) {
    return contentOf(node.tree().getOrDefault(path, ""));
  }

  /** The content in a line of {@link SimNode#disk}; empty if it is no file. */
  static String contentOf(String what) {
    int at = what.startsWith("file ") ? what.indexOf(' ', 5) : -1;
    return at < 0 ? "" : what.substring(at + 1);
  }

  private void bury(String content) {
    owed.removeAll(lines(content));
  }

  /**
   * Who acts at a path wants nothing more of what they put there before; also if dirsync has taken
   * that out just now and is about to put it back.
   */
  private void buryDisplaced(SimNode node, String path) {
    node.disk()
        .forEach(
            (file, what) -> {
              if (file.startsWith(".dirsync/swap/")) {
                List<String> gone = new ArrayList<>(lines(contentOf(what)));
                gone.removeIf(line -> !writtenWhere(line).equals(node.name() + ":" + path));
                owed.removeAll(gone);
              }
            });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
