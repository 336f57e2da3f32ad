package io.dirsync.daemon;

import io.dirsync.model.EscapedBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One table of a configuration file with the name that errors call it by. What it hands out has the
 * type that was asked for; everything else is an error at its line and column.
 */
final class ConfigSection {
  private static final Pattern PERCENT = Pattern.compile("(100|[1-9]?[0-9])%");

  private final Path file;
  private final TomlTable table;
  private final String name;

  private ConfigSection(Path file, TomlTable table, String name) {
    this.file = file;
    this.table = table;
    this.name = name;
  }

  /** The whole file. */
  static ConfigSection top(Path file, TomlTable toml) {
    return new ConfigSection(file, toml, "");
  }

  /** A table below this one; without keys if it is not there. */
  ConfigSection section(String key) throws ConfigException {
    Object value = value(key);
    if (value == null) {
      return new ConfigSection(file, Toml.parse(""), below(key));
    }
    if (value instanceof TomlTable inner) {
      return new ConfigSection(file, inner, below(key));
    }
    throw error(
        key,
        name.isEmpty()
            ? "'" + key + "' is a table: write [" + key + "]"
            : "'" + key + "' is a table: write " + key + " = { ... }");
  }

  private String below(String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  boolean has(String key) {
    return value(key) != null;
  }

  boolean isText(String key) {
    return value(key) instanceof String;
  }

  /** The tables of an array; none if it is not there. */
  List<ConfigSection> sections(String key) throws ConfigException {
    return sections(key, "there may be several: write [[" + key + "]]");
  }

  /**
   * @param otherwise the error if it is something else
   */
  List<ConfigSection> sections(String key, String otherwise) throws ConfigException {
    Object value = value(key);
    List<ConfigSection> sections = new ArrayList<>();
    if (value == null) {
      return sections;
    }
    if (!(value instanceof TomlArray array)
        || array.toList().stream().anyMatch(each -> !(each instanceof TomlTable))) {
      throw error(key, otherwise);
    }
    for (int i = 0; i < array.size(); i++) {
      sections.add(new ConfigSection(file, array.getTable(i), key));
    }
    return sections;
  }

  /**
   * Refuses every other key.
   *
   * @param later keys of the design that do nothing yet: ignoring them would be a lie
   */
  void checkKeys(Set<String> known, Set<String> later) throws ConfigException {
    for (String key : table.keySet()) {
      String where = name.isEmpty() ? "" : " in [" + name + "]";
      if (later.contains(key)) {
        throw error(
            key, "'" + key + "'" + where + " is planned, but not in this version; remove it");
      }
      if (!known.contains(key)) {
        String shown = EscapedBytes.escape(key.getBytes(StandardCharsets.UTF_8));
        throw error(key, "unknown key '" + shown + "'" + where + Suggestion.ending(key, known));
      }
    }
  }

  ConfigException error(String key, String message) {
    TomlPosition position = table.inputPositionOf(List.of(key));
    return position == null
        ? new ConfigException(file + ": " + message)
        : new ConfigException(file, position.line(), position.column(), message);
  }

  private ConfigException missing(String key) {
    String message = "this [[" + name + "]] has no '" + key + "', or an empty one";
    // A key that is not there has no place in the file: the section's first key has.
    boolean elsewhere = value(key) == null && !table.isEmpty();
    return error(elsewhere ? table.keySet().iterator().next() : key, message);
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
    return text.isEmpty() ? Optional.empty() : Optional.of(path(key, text.get()));
  }

  /** A text of this key as an absolute path. */
  Path path(String key, String text) throws ConfigException {
    String shown = EscapedBytes.escape(text.getBytes(StandardCharsets.UTF_8));
    if (!text.startsWith("/")) {
      throw error(key, "'" + shown + "' is no absolute path");
    }
    if (text.indexOf('\0') >= 0) {
      throw error(key, "'" + shown + "' is no path: it has a NUL in it");
    }
    return Path.of(text);
  }

  Path requiredPath(String key) throws ConfigException {
    return path(key, required(key));
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
    if (!(value instanceof TomlArray array)) {
      throw error(key, "'" + key + "' is a list of texts in quotes");
    }
    List<String> texts = new ArrayList<>();
    for (Object each : array.toList()) {
      if (!(each instanceof String text)) {
        throw error(key, "'" + key + "' is a list of texts in quotes");
      }
      texts.add(text);
    }
    return texts;
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

  /** A share, in whole percents from 0 to 100. */
  Optional<Integer> percent(String key) throws ConfigException {
    Object value = value(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text && PERCENT.matcher(text).matches()) {
      return Optional.of(Integer.parseInt(text.substring(0, text.length() - 1)));
    }
    throw error(key, "'" + key + "' is a share in quotes, from \"0%\" to \"100%\"");
  }

  /** A number of things, of at least a minimum. */
  Optional<Long> count(String key, long min) throws ConfigException {
    Object value = value(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Long number && number >= min) {
      return Optional.of(number);
    }
    throw error(key, "'" + key + "' is a number without quotes, at least " + min);
  }

  /** A duration of at least a minimum. */
  Optional<Duration> duration(String key, Duration min) throws ConfigException {
    Object value = value(key);
    if (value == null) {
      return Optional.empty();
    }
    Optional<Duration> duration =
        value instanceof String text ? Durations.parse(text) : Optional.empty();
    if (duration.isEmpty()) {
      throw error(
          key,
          "'"
              + key
              + "' is a duration with its unit, in quotes: \"90s\", \"10m\", \"1h\" or \"30d\"");
    }
    if (duration.get().compareTo(min) < 0) {
      throw error(key, "'" + key + "' is at least \"" + min.toSeconds() + "s\"");
    }
    return duration;
  }
}
