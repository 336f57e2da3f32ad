package io.dirsync.daemon;

import io.dirsync.protocol.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes configuration files: adds to what people wrote and changes nothing of it. What would not
 * be valid is not written.
 */
public final class ConfigEditor {
  private final Path file;
  private final Places places;

  public ConfigEditor(Path file, Places places) {
    this.file = file;
    this.places = places;
  }

  /** Whether something was to be done. */
  public enum Outcome {
    WRITTEN,
    UNCHANGED
  }

  /** Makes a file that names the node; unchanged if there is one that says the same. */
  public Outcome init(String name, Path dataDirectory, String listen)
      throws ConfigException, IOException {
    Outcome outcome = checkInit(name, dataDirectory, listen);
    if (outcome == Outcome.WRITTEN) {
      write(node(name, dataDirectory, listen));
    }
    return outcome;
  }

  /** What {@link #init} would do; writes nothing. */
  public Outcome checkInit(String name, Path dataDirectory, String listen) throws ConfigException {
    if (Files.exists(file)) {
      Configuration known = ConfigReader.read(file, places);
      if (known.node().name().equals(name)
          && known.node().dataDirectory().equals(dataDirectory)
          && known.node().listen().equals(listen)) {
        return Outcome.UNCHANGED;
      }
      throw new ConfigException(
          "there is a configuration "
              + file
              + " already, for the node '"
              + known.node().name()
              + "' with other settings; edit it, or name another with --config");
    }
    check(node(name, dataDirectory, listen));
    return Outcome.WRITTEN;
  }

  private static String node(String name, Path dataDirectory, String listen) {
    return "# The configuration of this dirsync node. Check it with: dirsync config check\n\n[node]\nname     = "
        + quote(name)
        + "\ndata_dir = "
        + quote(dataDirectory.toString())
        + "\nlisten   = "
        + quote(listen)
        + "\n";
  }

  public Outcome addPeer(String name, NodeId id, List<String> addresses)
      throws ConfigException, IOException {
    Configuration known = ConfigReader.read(file, places);
    for (var peer : known.node().peers()) {
      if (peer.name().equals(name)) {
        if (peer.id().equals(id) && peer.addresses().equals(addresses)) {
          return Outcome.UNCHANGED;
        }
        throw new ConfigException(
            "there is a peer '"
                + name
                + "' already, with another id or address; to change it, edit that [[peer]] in "
                + file
                + " and restart the daemon");
      }
    }
    return append(
        "\n[[peer]]\nname    = "
            + quote(name)
            + "\nid      = "
            + quote(id.toString())
            + "\naddress = "
            + list(addresses)
            + "\n");
  }

  public Outcome addFolder(String name, Path root, List<String> peers)
      throws ConfigException, IOException {
    Configuration known = ConfigReader.read(file, places);
    for (var folder : known.node().folders()) {
      if (folder.name().equals(name)) {
        if (folder.root().equals(root) && folder.peers().equals(peers)) {
          return Outcome.UNCHANGED;
        }
        throw new ConfigException(
            "there is a folder '"
                + name
                + "' already, with another path or peers; edit "
                + file
                + " to change it");
      }
    }
    return append(
        "\n[[folder]]\nid    = "
            + quote(name)
            + "\npath  = "
            + quote(root.toString())
            + "\npeers = "
            + list(peers)
            + "\n");
  }

  private Outcome append(String addition) throws ConfigException, IOException {
    String before = Files.readString(file);
    String text = before + (before.isEmpty() || before.endsWith("\n") ? "" : "\n") + addition;
    check(text);
    write(text);
    return Outcome.WRITTEN;
  }

  /** Errors in a text that is not written name no line: nobody could look there. */
  private void check(String text) throws ConfigException {
    try {
      ConfigReader.parse(text, file, places);
    } catch (ConfigException e) {
      throw new ConfigException(e.problem() + " (nothing was written to " + file + ")");
    }
  }

  private static String list(List<String> texts) {
    return texts.stream().map(ConfigEditor::quote).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
              } else if (c < ' ' || c == 0x7f) {
                out.append(String.format("\\u%04x", c));
              } else {
                out.append((char) c);
              }
            });
    return out.append('"').toString();
  }

  /** Puts the whole new file in the old one's place, durably, so that no reader sees half of it. */
  private void write(String text) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path next = real.resolveSibling("." + real.getFileName() + ".new");
    try {
      try (FileChannel channel =
          FileChannel.open(
              next,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      if (Files.exists(real)) {
        takeOver(real, next);
      }
      Files.move(next, real, StandardCopyOption.ATOMIC_MOVE);
    } catch (AccessDeniedException e) {
      throw new IOException(
          "this account may not write " + real + ": permission denied in " + real.getParent(), e);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /** Gives the new file the old one's mode, and its owner and group if they are others. */
  private static void takeOver(Path old, Path next) throws IOException {
    PosixFileAttributes wanted = Files.readAttributes(old, PosixFileAttributes.class);
    PosixFileAttributes made = Files.readAttributes(next, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(next, PosixFileAttributeView.class);
    if (!made.owner().equals(wanted.owner())) {
      view.setOwner(wanted.owner());
    }
    if (!made.group().equals(wanted.group())) {
      view.setGroup(wanted.group());
    }
    view.setPermissions(wanted.permissions());
  }
}
