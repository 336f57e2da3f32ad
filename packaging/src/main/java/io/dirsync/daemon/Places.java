package io.dirsync.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Where things are when nobody says otherwise: FHS for root, XDG for everybody else. */
public final class Places {
  /** The kernel takes no longer path for a unix socket. */
  static final int SOCKET_BYTES_MAX = 107;

  private final Map<String, String> environment;
  private final boolean root;

  public Places() {
    this(System.getenv(), System.getProperty("user.name").equals("root"));
  }

  Places(Map<String, String> environment, boolean root) {
    this.environment = environment;
    this.root = root;
  }

  public Path configFile() {
    return root
        ? Path.of("/etc/dirsync/dirsync.toml")
        : xdg("XDG_CONFIG_HOME", ".config").resolve("dirsync/dirsync.toml");
  }

  public Path dataDirectory() {
    return root ? Path.of("/var/lib/dirsync") : stateDirectory().resolve("node");
  }

  /** Where state that is not worth a backup goes. */
  public Path stateDirectory() {
    return xdg("XDG_STATE_HOME", ".local/state").resolve("dirsync");
  }

  private Path xdg(String variable, String otherwise) {
    String value = environment.getOrDefault(variable, "");
    return value.isEmpty()
        ? Path.of(environment.getOrDefault("HOME", "/")).resolve(otherwise)
        : Path.of(value);
  }

  /**
   * The admin socket that belongs to a data directory: in it, unless its path is too long for the
   * kernel.
   */
  public Path adminSocket(Path dataDirectory) {
    if (root && dataDirectory.equals(dataDirectory())) {
      return Path.of("/run/dirsync/dirsync.sock");
    }
    Path socket = dataDirectory.toAbsolutePath().resolve("dirsync.sock");
    byte[] bytes = socket.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= SOCKET_BYTES_MAX) {
      return socket;
    }
    String name = "dirsync-" + Integer.toHexString(java.util.Arrays.hashCode(bytes));
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    Path directory = Path.of(runtime.isEmpty() ? "/tmp" : runtime);
    return directory.resolve(name).resolve("dirsync.sock");
  }

  /** The path with all links followed as far as it exists. */
  public static Path real(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    for (Path at = absolute; at != null; at = at.getParent()) {
      try {
        return at.toRealPath().resolve(at.relativize(absolute)).normalize();
      } catch (IOException e) {
        // Not there: its parent may be.
      }
    }
    return absolute;
  }
}
