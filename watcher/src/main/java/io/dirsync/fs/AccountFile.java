package io.dirsync.fs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of a file like {@code /etc/passwd} or {@code /etc/group}, read again when it has
 * changed. A machine without such a file has no names: numbers stand for themselves.
 */
final class AccountFile {
  private final Path file;
  private @Nullable FileTime readAt;
  private Map<String, Integer> numbers = Map.of();
  private Map<Integer, String> names = Map.of();

  AccountFile(Path file) {
    this.file = file;
  }

  synchronized String name(int number) {
    refresh();
    return names.getOrDefault(number, Integer.toUnsignedString(number));
  }

  synchronized OptionalInt number(String name) {
    refresh();
    Integer number = numbers.get(name);
    return number == null ? decimal(name) : OptionalInt.of(number);
  }

  /** What a decimal number stands for: itself. */
  static OptionalInt decimal(String name) {
    try {
      return name.startsWith("+")
          ? OptionalInt.empty()
          : OptionalInt.of(Integer.parseUnsignedInt(name));
    } catch (NumberFormatException noNumber) {
      return OptionalInt.empty();
    }
  }

  private void refresh() {
    try {
      FileTime changed = Files.getLastModifiedTime(file);
      if (!changed.equals(readAt)) {
        parse();
        readAt = changed;
      }
    } catch (IOException unreadable) {
      // No such file on this system, or it is just being replaced: what was read before stays.
      return;
    }
  }

  private void parse() throws IOException {
    Map<String, Integer> byName = new HashMap<>();
    Map<Integer, String> byNumber = new HashMap<>();
    for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n")) {
      String[] fields = line.split(":");
      if (fields.length >= 3 && decimal(fields[2]).isPresent()) {
        int number = decimal(fields[2]).getAsInt();
        byName.putIfAbsent(fields[0], number);
        byNumber.putIfAbsent(number, fields[0]);
      }
    }
    numbers = byName;
    names = byNumber;
  }
}
