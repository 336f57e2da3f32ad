package io.dirsync.daemon;

import io.dirsync.engine.FolderSettings;
import io.dirsync.engine.NodeSettings;
import io.dirsync.engine.PeerSettings;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads {@code dirsync.toml}. Every error says file, line, column and what would be right. */
public final class ConfigReader {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");
  private static final Pattern FOLDER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+\\]|[^\\s:\\[\\]]*):(\\d{1,5})");
  private static final String LATER = "is not supported by this version";

  private static final Set<String> TOP = Set.of("node", "peer", "defaults", "folder");
  private static final Set<String> TOP_LATER = Set.of("limits", "snapshot", "alerts");
  private static final Set<String> NODE = Set.of("name", "data_dir", "listen", "admin");
  private static final Set<String> NODE_LATER = Set.of("metrics", "language");
  private static final Set<String> PEER = Set.of("name", "id", "address");
  private static final Set<String> DEFAULTS = Set.of("ignore", "owner", "rescan", "versions");
  private static final Set<String> FOLDER =
      Set.of("id", "path", "peers", "ignore", "owner", "rescan", "versions");
  private static final Set<String> FOLDER_LATER =
      Set.of("mode", "conflict", "permissions", "xattrs", "symlinks", "max_delete", "after");
  private static final Set<String> VERSIONS = Set.of("keep");
  private static final Set<String> VERSIONS_LATER = Set.of("max_size");

  private final Path file;
  private final Places places;

  private ConfigReader(Path file, Places places) {
    this.file = file;
    this.places = places;
  }

  /**
   * Reads a file.
   *
   * @throws ConfigException if it is not there, cannot be read, or says something that cannot be
   */
  public static Configuration read(Path file, Places places) throws ConfigException {
    try {
      return parse(Files.readString(file), file, places);
    } catch (NoSuchFileException e) {
      throw new ConfigException("there is no configuration " + file + "; `dirsync init` makes one");
    } catch (MalformedInputException e) {
      throw new ConfigException("the configuration " + file + " is not UTF-8");
    } catch (IOException e) {
      throw new ConfigException("the configuration " + file + " cannot be read: " + e.getMessage());
    }
  }

  /** The same for a text that is, or will be, the file's. */
  static Configuration parse(String text, Path file, Places places) throws ConfigException {
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      TomlParseError error = toml.errors().getFirst();
      throw new ConfigException(
          file,
          error.position().line(),
          error.position().column(),
          String.valueOf(error.getMessage()));
    }
    return new ConfigReader(file, places).configuration(toml);
  }

  private Configuration configuration(TomlTable toml) throws ConfigException {
    checkKeys(toml, TOP, TOP_LATER, "");
    Section node = section(toml, "node");
    node.checkKeys(NODE, NODE_LATER);
    String name = node.text("name").orElseGet(ConfigReader::hostName);
    try {
      var unused = new ReplicaId(name, 0);
    } catch (IllegalArgumentException e) {
      throw node.error("name", String.valueOf(e.getMessage()));
    }
    Path data = node.path("data_dir").orElseGet(places::dataDirectory);
    String listen = node.text("listen").orElse("");
    if (!listen.isEmpty()) {
      checkAddress(listen, node, "listen");
    }
    Path admin = places.adminSocket(data);
    Optional<String> adminText = node.text("admin");
    if (adminText.isPresent()) {
      if (!adminText.get().startsWith("unix:/")) {
        throw node.error("admin", "it is unix: and an absolute path");
      }
      admin = Path.of(adminText.get().substring("unix:".length()));
    }
    Map<String, PeerSettings> peers = peers(toml);
    List<FolderSettings> folders = folders(toml, peers, data);
    return new Configuration(
        file, new NodeSettings(name, data, listen, List.copyOf(peers.values()), folders), admin);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private void checkAddress(String address, Section section, String key) throws ConfigException {
    Matcher matcher = ADDRESS.matcher(address);
    if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65535) {
      throw section.error(
          key,
          "'"
              + address
              + "' is no address: it is host:port, as web2.example.net:7342 or [::]:7342");
    }
  }

  private Map<String, PeerSettings> peers(TomlTable toml) throws ConfigException {
    Map<String, PeerSettings> peers = new LinkedHashMap<>();
    for (Section peer : sections(toml, "peer")) {
      peer.checkKeys(PEER, Set.of());
      String name = peer.required("name");
      NodeId id;
      try {
        id = NodeId.parse(peer.required("id"));
      } catch (IllegalArgumentException e) {
        throw peer.error("id", String.valueOf(e.getMessage()));
      }
      List<String> addresses = peer.texts("address");
      for (String address : addresses) {
        checkAddress(address, peer, "address");
      }
      if (peers.containsKey(name)) {
        throw peer.error("name", "there is another peer '" + name + "'");
      }
      for (PeerSettings other : peers.values()) {
        if (other.id().equals(id)) {
          throw peer.error("id", "the peer '" + other.name() + "' has the same id");
        }
      }
      peers.put(name, new PeerSettings(name, id, addresses));
    }
    return peers;
  }

  private List<FolderSettings> folders(TomlTable toml, Map<String, PeerSettings> peers, Path data)
      throws ConfigException {
    Section defaults = section(toml, "defaults");
    defaults.checkKeys(DEFAULTS, FOLDER_LATER);
    List<FolderSettings> folders = new ArrayList<>();
    for (Section section : sections(toml, "folder")) {
      section.checkKeys(FOLDER, FOLDER_LATER);
      FolderSettings folder = folder(section, defaults, peers);
      Path root = real(folder.root());
      if (overlaps(root, real(data))) {
        throw section.error(
            "path", "the folder's root and the node's data_dir " + data + " lie in one another");
      }
      if (Files.exists(root) && !Files.isDirectory(root)) {
        throw section.error("path", folder.root() + " is not a directory");
      }
      for (FolderSettings other : folders) {
        if (other.name().equals(folder.name())) {
          throw section.error("id", "there is another folder '" + folder.name() + "'");
        }
        if (overlaps(root, real(other.root()))) {
          throw section.error(
              "path",
              "the folders '"
                  + other.name()
                  + "' ("
                  + other.root()
                  + ") and '"
                  + folder.name()
                  + "' ("
                  + folder.root()
                  + ") lie in one another; share the outer one alone, or two beside each other");
        }
      }
      folders.add(folder);
    }
    return folders;
  }

  private static boolean overlaps(Path one, Path other) {
    return one.startsWith(other) || other.startsWith(one);
  }

  /** The path with all links followed as far as it exists. */
  static Path real(Path path) {
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

  private static FolderSettings folder(
      Section section, Section defaults, Map<String, PeerSettings> peers) throws ConfigException {
    String id = section.required("id");
    if (!FOLDER_NAME.matcher(id).matches()) {
      throw section.error(
          "id",
          "a folder's id has letters, digits, '.', '_' and '-', at most 64, the first a letter or digit");
    }
    Path path = section.requiredPath();
    List<String> shared = section.texts("peers");
    for (String peer : shared) {
      if (!peers.containsKey(peer)) {
        throw section.error(
            "peers", "there is no peer '" + peer + "'" + suggestion(peer, peers.keySet()));
      }
    }
    List<String> ignore = new ArrayList<>(defaults.texts("ignore"));
    ignore.addAll(section.texts("ignore"));
    try {
      IgnoreRules.of(ignore);
    } catch (IllegalArgumentException e) {
      throw section.error("ignore", String.valueOf(e.getMessage()));
    }
    boolean owner = section.flag("owner").or(() -> defaults.flagOrEmpty("owner")).orElse(false);
    Duration rescan =
        section
            .duration("rescan")
            .or(() -> defaults.durationOrEmpty("rescan"))
            .orElse(Duration.ofHours(1));
    Optional<Duration> keep = versions(section);
    if (keep.isEmpty()) {
      keep = versions(defaults);
    }
    return new FolderSettings(
        id, path, shared, ignore, owner, rescan, keep.orElse(Duration.ofDays(30)));
  }

  private static Optional<Duration> versions(Section section) throws ConfigException {
    TomlTable table = section.table.getTable("versions");
    if (table == null) {
      return Optional.empty();
    }
    Section versions = section.below(table, "versions");
    versions.checkKeys(VERSIONS, VERSIONS_LATER);
    return versions.duration("keep");
  }

  // -- sections
  // --------------------------------------------------------------------------------------

  private Section section(TomlTable toml, String name) throws ConfigException {
    Object value = toml.get(List.of(name));
    if (value == null) {
      return new Section(Toml.parse(""), name);
    }
    if (value instanceof TomlTable table) {
      return new Section(table, name);
    }
    throw error(toml, name, name + " is a table: write [" + name + "]");
  }

  private List<Section> sections(TomlTable toml, String name) throws ConfigException {
    Object value = toml.get(List.of(name));
    List<Section> sections = new ArrayList<>();
    if (value == null) {
      return sections;
    }
    if (!(value instanceof TomlArray array)
        || array.toList().stream().anyMatch(each -> !(each instanceof TomlTable))) {
      throw error(toml, name, "there may be several: write [[" + name + "]]");
    }
    for (int i = 0; i < array.size(); i++) {
      sections.add(new Section(array.getTable(i), name));
    }
    return sections;
  }

  private ConfigException error(TomlTable table, String key, String message) {
    TomlPosition position = table.inputPositionOf(List.of(key));
    return position == null
        ? new ConfigException(file + ": " + message)
        : new ConfigException(file, position.line(), position.column(), message);
  }

  private void checkKeys(TomlTable table, Set<String> known, Set<String> later, String section)
      throws ConfigException {
    for (String key : table.keySet()) {
      if (later.contains(key)) {
        throw error(table, key, "'" + key + "' " + LATER);
      }
      if (!known.contains(key)) {
        String where = section.isEmpty() ? "" : " in [" + section + "]";
        throw error(table, key, "unknown key '" + key + "'" + where + suggestion(key, known));
      }
    }
  }

  static String suggestion(String word, Set<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(each -> distance(word, each)))
        .filter(each -> distance(word, each) <= Math.max(2, word.length() / 3))
        .map(each -> "; did you mean '" + each + "'?")
        .orElse("");
  }

  /** Levenshtein's distance. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j <= other.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int above = row[j];
        int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), diagonal + change);
        diagonal = above;
      }
    }
    return row[other.length()];
  }

  /** One table with the name that errors call it by. */
  private final class Section {
    final TomlTable table;
    final String name;

    Section(TomlTable table, String name) {
      this.table = table;
      this.name = name;
    }

    Section below(TomlTable inner, String key) {
      return new Section(inner, name + "." + key);
    }

    void checkKeys(Set<String> known, Set<String> later) throws ConfigException {
      ConfigReader.this.checkKeys(table, known, later, name);
    }

    ConfigException error(String key, String message) {
      return ConfigReader.this.error(table, key, message);
    }

    ConfigException missing(String key) {
      TomlPosition position =
          table.keySet().isEmpty()
              ? null
              : table.inputPositionOf(List.of(table.keySet().iterator().next()));
      String message = "a [[" + name + "]] has a key '" + key + "', which is missing here";
      return position == null
          ? new ConfigException(file + ": " + message)
          : new ConfigException(file, position.line(), position.column(), message);
    }

    private @Nullable Object value(String key) {
      return table.get(List.of(key));
    }

    Optional<String> text(String key) throws ConfigException {
      Object value = value(key);
      if (value == null) {
        return Optional.empty();
      }
      if (value instanceof String text) {
        return Optional.of(text);
      }
      throw error(key, "'" + key + "' is a text in quotes");
    }

    String required(String key) throws ConfigException {
      return text(key).filter(text -> !text.isEmpty()).orElseThrow(() -> missing(key));
    }

    Optional<Path> path(String key) throws ConfigException {
      Optional<String> text = text(key);
      if (text.isPresent() && !text.get().startsWith("/")) {
        throw error(key, "'" + text.get() + "' is no absolute path");
      }
      return text.map(Path::of);
    }

    Path requiredPath() throws ConfigException {
      required("path");
      return path("path").orElseThrow();
    }

    /** A text, or several; none if the key is not there. */
    List<String> texts(String key) throws ConfigException {
      Object value = value(key);
      if (value == null) {
        return List.of();
      }
      if (value instanceof String text) {
        return List.of(text);
      }
      List<String> texts = new ArrayList<>();
      if (value instanceof TomlArray array) {
        for (Object each : array.toList()) {
          if (!(each instanceof String text)) {
            throw error(key, "'" + key + "' is a list of texts in quotes");
          }
          texts.add(text);
        }
        return texts;
      }
      throw error(key, "'" + key + "' is a list of texts in quotes");
    }

    Optional<Boolean> flag(String key) throws ConfigException {
      Object value = value(key);
      if (value == null) {
        return Optional.empty();
      }
      if (value instanceof Boolean flag) {
        return Optional.of(flag);
      }
      throw error(key, "'" + key + "' is true or false");
    }

    Optional<Boolean> flagOrEmpty(String key) {
      return value(key) instanceof Boolean flag ? Optional.of(flag) : Optional.empty();
    }

    Optional<Duration> duration(String key) throws ConfigException {
      Object value = value(key);
      if (value == null) {
        return Optional.empty();
      }
      if (value instanceof String text) {
        Optional<Duration> duration = Durations.parse(text);
        if (duration.isPresent()) {
          return duration;
        }
      }
      throw error(
          key,
          "'"
              + key
              + "' is a duration with its unit, in quotes: \"90s\", \"10m\", \"1h\" or \"30d\"");
    }

    Optional<Duration> durationOrEmpty(String key) {
      return value(key) instanceof String text ? Durations.parse(text) : Optional.empty();
    }
  }

  /** Durations as people write them. */
  public static final class Durations {
    private Durations() {}

    /** A number with ms, s, m, h or d; empty if it is none. */
    public static Optional<Duration> parse(String text) {
      Matcher matcher = DURATION.matcher(text.strip());
      if (!matcher.matches()) {
        return Optional.empty();
      }
      long number = Long.parseLong(matcher.group(1));
      return Optional.of(
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
          });
    }
  }
}
