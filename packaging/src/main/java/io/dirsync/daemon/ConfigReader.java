package io.dirsync.daemon;

import io.dirsync.engine.FolderMode;
import io.dirsync.engine.FolderSettings;
import io.dirsync.engine.MaxDelete;
import io.dirsync.engine.NodeSettings;
import io.dirsync.engine.PeerSettings;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.scan.PolicyRules;
import io.dirsync.model.EscapedBytes;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Bandwidth.Rates;
import io.dirsync.protocol.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Reads {@code dirsync.toml}. Every error says file, line, column and what would be right. Whether
 * a root is there and is a directory is not asked here: that changes while a daemon runs, and halts
 * one folder, not the node and the commands that ask it.
 */
public final class ConfigReader {
  private static final Pattern FOLDER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+\\]|[^\\s:\\[\\]]*):(\\d{1,5})");

  /** Comparing a whole tree more often than this would be all that a node does. */
  private static final Duration RESCAN_MIN = Duration.ofSeconds(10);

  /** People are to have a chance to see them. */
  private static final Duration CONFLICTS_MIN = Duration.ofHours(1);

  private static final Duration POLL_MIN = Duration.ofSeconds(1);

  /** Fewer would make a peer compare that was away for a moment. */
  private static final long LOG_ENTRIES_MIN = 10_000;

  private static final Set<String> TOP = Set.of("node", "limits", "peer", "defaults", "folder");
  private static final Set<String> TOP_LATER = Set.of("snapshot", "alerts");
  private static final Set<String> NODE = Set.of("name", "data_dir", "listen", "admin");
  private static final Set<String> NODE_LATER = Set.of("metrics", "language");
  private static final Set<String> PEER = Set.of("name", "id", "address", "upload", "download");
  private static final Set<String> DEFAULTS =
      Set.of(
          "ignore",
          "owner",
          "rescan",
          "poll",
          "versions",
          "max_delete",
          "max_delete_files",
          "log_entries",
          "mode",
          PolicySection.KEY);
  private static final Set<String> FOLDER =
      Set.of(
          "id",
          "path",
          "peers",
          "ignore",
          "owner",
          "rescan",
          "poll",
          "versions",
          "mode",
          PolicySection.KEY,
          "max_delete",
          "max_delete_files",
          "log_entries");
  private static final Set<String> FOLDER_LATER =
      Set.of("permissions", "xattrs", "symlinks", "after");
  private static final Set<String> VERSIONS = Set.of("keep", "conflicts");
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
      throw new ConfigException(
          "there is no configuration "
              + file
              + "; `dirsync init` makes one, --config names another");
    } catch (AccessDeniedException e) {
      throw new ConfigException(
          "the configuration " + file + " may not be read by this account: permission denied");
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
          "this is no TOML: " + shown(String.valueOf(error.getMessage())));
    }
    return new ConfigReader(file, places).configuration(toml);
  }

  private static String shown(String text) {
    return EscapedBytes.escape(text.getBytes(StandardCharsets.UTF_8));
  }

  private Configuration configuration(TomlTable toml) throws ConfigException {
    ConfigSection top = ConfigSection.top(file, toml);
    top.checkKeys(TOP, TOP_LATER);
    ConfigSection node = top.section("node");
    node.checkKeys(NODE, NODE_LATER);
    String name = node.text("name").orElseGet(ConfigReader::hostName);
    checkName(name, node);
    Path data = node.path("data_dir").orElseGet(places::dataDirectory);
    String listen = node.text("listen").orElse("");
    if (!listen.isEmpty()) {
      checkAddress(listen, node, "listen", false);
    }
    Path admin = admin(node, places.adminSocket(data));
    Map<NodeId, Rates> rates = new HashMap<>();
    Map<String, PeerSettings> peers = peers(top, name, rates);
    BandwidthPlan bandwidth = LimitsReader.read(top.section("limits"), rates);
    List<FolderSettings> folders = folders(top, name, peers, data);
    return new Configuration(
        file,
        new NodeSettings(name, data, listen, List.copyOf(peers.values()), folders),
        bandwidth,
        admin);
  }

  /** Names are shown as they are, so nothing in them may move a terminal's cursor. */
  private static void checkName(String name, ConfigSection section) throws ConfigException {
    String escaped = shown(name);
    try {
      var unused = new ReplicaId(name, 0);
    } catch (IllegalArgumentException e) {
      throw section.error("name", "'" + escaped + "' cannot be used: " + e.getMessage());
    }
    if (!escaped.equals(name)) {
      throw section.error(
          "name", "'" + escaped + "' cannot be used: it has a backslash or an invisible character");
    }
  }

  private static Path admin(ConfigSection node, Path otherwise) throws ConfigException {
    Optional<String> text = node.text("admin");
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.get().startsWith("unix:/")) {
      throw node.error(
          "admin", "'admin' is unix: and an absolute path, as \"unix:/run/dirsync/dirsync.sock\"");
    }
    Path admin = node.path("admin", text.get().substring("unix:".length()));
    if (admin.toString().getBytes(StandardCharsets.UTF_8).length > Places.SOCKET_BYTES_MAX) {
      throw node.error(
          "admin",
          "the path is too long: the kernel takes at most "
              + Places.SOCKET_BYTES_MAX
              + " bytes for a socket");
    }
    return admin;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /**
   * @param host whether it must name a host: who listens may do so at all addresses
   */
  private static void checkAddress(String address, ConfigSection section, String key, boolean host)
      throws ConfigException {
    Matcher matcher = ADDRESS.matcher(address);
    if (!matcher.matches()) {
      throw section.error(
          key,
          "'"
              + shown(address)
              + "' is no address: one is HOST:PORT, as web2.example.net:7342 or [::]:7342");
    }
    int port = Integer.parseInt(matcher.group(2));
    if (port < 1 || port > 65535) {
      throw section.error(
          key, "'" + address + "' is no address: a port is a number from 1 to 65535");
    }
    if (host && matcher.group(1).isEmpty()) {
      throw section.error(key, "'" + address + "' is no address: it names no host");
    }
  }

  /**
   * @param rates gets those of each peer that has some
   */
  private static Map<String, PeerSettings> peers(
      ConfigSection top, String own, Map<NodeId, Rates> rates) throws ConfigException {
    Map<String, PeerSettings> peers = new LinkedHashMap<>();
    for (ConfigSection peer : top.sections("peer")) {
      peer.checkKeys(PEER, Set.of());
      String name = peer.required("name");
      checkName(name, peer);
      if (name.equals(own)) {
        throw peer.error(
            "name", "'" + name + "' is this node's own name; every node has a name of its own");
      }
      NodeId id;
      try {
        id = NodeId.parse(peer.required("id"));
      } catch (IllegalArgumentException e) {
        throw peer.error("id", String.valueOf(e.getMessage()));
      }
      List<String> addresses = peer.texts("address");
      for (String address : addresses) {
        checkAddress(address, peer, "address", true);
      }
      if (peers.containsKey(name)) {
        throw peer.error("name", "there is another peer '" + name + "'");
      }
      for (PeerSettings other : peers.values()) {
        if (other.id().equals(id)) {
          throw peer.error("id", "the peer '" + other.name() + "' has the same id");
        }
      }
      Rates limits = LimitsReader.rates(peer);
      if (!limits.equals(Rates.NONE)) {
        rates.put(id, limits);
      }
      peers.put(name, new PeerSettings(name, id, addresses));
    }
    return peers;
  }

  /** What a folder may say, and what holds for all that do not say it. */
  private record Defaults(
      List<String> ignore,
      Optional<Boolean> owner,
      Optional<Duration> rescan,
      Optional<Duration> poll,
      Optional<Duration> keep,
      Optional<Duration> conflicts,
      Optional<PolicyRules> policies,
      Optional<FolderMode> mode,
      Optional<Integer> deletePercent,
      Optional<Long> deleteFiles,
      Optional<Long> logEntries) {
    static Defaults of(ConfigSection section, Set<String> nodes) throws ConfigException {
      List<String> ignore = section.texts("ignore");
      try {
        IgnoreRules.of(ignore);
      } catch (IllegalArgumentException e) {
        throw section.error("ignore", String.valueOf(e.getMessage()));
      }
      ConfigSection versions = section.section("versions");
      versions.checkKeys(VERSIONS, VERSIONS_LATER);
      return new Defaults(
          ignore,
          section.flag("owner"),
          section.duration("rescan", RESCAN_MIN),
          section.duration("poll", POLL_MIN),
          versions.duration("keep", Duration.ZERO),
          versions.duration("conflicts", CONFLICTS_MIN),
          PolicySection.of(section, nodes),
          readMode(section),
          section.percent("max_delete"),
          section.count("max_delete_files", 0),
          section.count("log_entries", LOG_ENTRIES_MIN));
    }
  }

  private static Optional<FolderMode> readMode(ConfigSection section) throws ConfigException {
    Optional<String> text = section.text("mode");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    List<String> modes = new ArrayList<>();
    for (FolderMode mode : FolderMode.values()) {
      modes.add(mode.words());
    }
    Optional<FolderMode> mode = FolderMode.parse(text.get());
    if (mode.isEmpty()) {
      throw section.error(
          "mode",
          "'"
              + shown(text.get())
              + "' is no mode"
              + Suggestion.ending(text.get(), modes)
              + "; there are: "
              + String.join(", ", modes));
    }
    return mode;
  }

  private static List<FolderSettings> folders(
      ConfigSection top, String own, Map<String, PeerSettings> peers, Path data)
      throws ConfigException {
    ConfigSection section = top.section("defaults");
    section.checkKeys(DEFAULTS, FOLDER_LATER);
    Set<String> nodes = new TreeSet<>(peers.keySet());
    nodes.add(own);
    Defaults defaults = Defaults.of(section, nodes);
    List<FolderSettings> folders = new ArrayList<>();
    for (ConfigSection each : top.sections("folder")) {
      each.checkKeys(FOLDER, FOLDER_LATER);
      FolderSettings folder = folder(each, defaults, peers, nodes);
      checkRoot(each, folder, folders, data);
      folders.add(folder);
    }
    return folders;
  }

  private static void checkRoot(
      ConfigSection section, FolderSettings folder, List<FolderSettings> others, Path data)
      throws ConfigException {
    Path root = Places.real(folder.root());
    if (overlaps(root, Places.real(data))) {
      throw section.error(
          "path",
          "the folder's root "
              + folder.root()
              + " and the node's data_dir "
              + data
              + " lie in one another; keep them apart");
    }
    for (FolderSettings other : others) {
      if (other.name().equals(folder.name())) {
        throw section.error("id", "there is another folder '" + folder.name() + "'");
      }
      if (root.equals(Places.real(other.root()))) {
        throw section.error(
            "path", "the folder '" + other.name() + "' has the same root, " + other.root());
      }
      if (overlaps(root, Places.real(other.root()))) {
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
  }

  private static boolean overlaps(Path one, Path other) {
    return one.startsWith(other) || other.startsWith(one);
  }

  private static FolderSettings folder(
      ConfigSection section, Defaults defaults, Map<String, PeerSettings> peers, Set<String> nodes)
      throws ConfigException {
    String id = section.required("id");
    if (!FOLDER_NAME.matcher(id).matches()) {
      throw section.error(
          "id",
          "a folder's name has letters, digits, '.', '_' and '-', at most 64, the first a letter or digit");
    }
    Path path = section.requiredPath("path");
    List<String> shared = section.texts("peers");
    for (String peer : shared) {
      if (!peers.containsKey(peer)) {
        throw section.error("peers", unknownPeer(peer, peers.keySet()));
      }
    }
    if (shared.stream().distinct().count() < shared.size()) {
      throw section.error("peers", "a peer is named twice");
    }
    Defaults own = Defaults.of(section, nodes);
    List<String> ignore = new ArrayList<>(defaults.ignore());
    ignore.addAll(own.ignore());
    return new FolderSettings(
        id,
        path,
        shared,
        ignore,
        own.owner().or(defaults::owner).orElse(false),
        own.rescan().or(defaults::rescan).orElse(Duration.ofHours(1)),
        own.poll().or(defaults::poll),
        own.keep().or(defaults::keep).orElse(Duration.ofDays(30)),
        own.conflicts().or(defaults::conflicts).orElse(Duration.ofDays(30)),
        own.policies().or(defaults::policies).orElse(PolicyRules.NONE),
        own.mode().or(defaults::mode).orElse(FolderMode.TWO_WAY),
        new MaxDelete(
            own.deletePercent().or(defaults::deletePercent).orElse(MaxDelete.USUAL.percent()),
            own.deleteFiles().or(defaults::deleteFiles).orElse(MaxDelete.USUAL.files())),
        own.logEntries().or(defaults::logEntries).orElse(FolderSettings.LOG_ENTRIES_USUAL));
  }

  private static String unknownPeer(String peer, Set<String> known) {
    return "there is no peer '"
        + shown(peer)
        + "'"
        + Suggestion.ending(peer, known)
        + "; name it first: dirsync peer add";
  }
}
