package io.dirsync.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Why the system refuses a path to this account, and what helps.
 *
 * @param keeper what keeps it from there: the path itself, or the first directory on the way to it
 *     that it may not enter, or not write to
 * @param attributes whose that is; empty if that cannot be told
 */
record Denied(Path keeper, Optional<PosixFileAttributes> attributes, String account) {
  private static final String DO = "do:   ";

  static Denied of(Path refused) {
    return of(refused, System.getProperty("user.name"), Files::isExecutable);
  }

  /**
   * @param enters whether the account may enter a directory
   */
  static Denied of(Path refused, String account, Predicate<Path> enters) {
    Path absolute = refused.toAbsolutePath().normalize();
    Path keeper = absolute.getRoot();
    for (Path name : absolute) {
      Path next = keeper.resolve(name);
      if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
        break;
      }
      keeper = next;
      if (Files.isDirectory(next) && !enters.test(next)) {
        break;
      }
    }
    return new Denied(keeper, attributes(keeper), account);
  }

  private static Optional<PosixFileAttributes> attributes(Path path) {
    try {
      return Optional.of(Files.readAttributes(path, PosixFileAttributes.class));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** That a command cannot use the node's data directory. */
  static CommandException data(Path data, AccessDeniedException e, String now) {
    Denied denied = of(e.getFile() == null ? data : Path.of(e.getFile()));
    return new CommandException(
        ExitCode.FAILED,
        "permission denied: this account may not use the node's data directory " + data,
        "why:  " + denied.why(),
        DO + denied.remedy(data),
        "now:  " + now);
  }

  /** Lines that follow an error. */
  List<String> hints() {
    return List.of("why:  " + why(), DO + remedy() + group());
  }

  String why() {
    if (attributes.isEmpty()) {
      return "this account is " + account;
    }
    return isOwn()
        ? keeper
            + " belongs to this account, "
            + account
            + ", but its mode is "
            + PosixFilePermissions.toString(attributes.get().permissions())
        : keeper + " belongs to " + owner() + ", and this account is " + account;
  }

  private String remedy() {
    if (isOwn()) {
      return "chmod u+rw" + (attributes.orElseThrow().isDirectory() ? "x " : " ") + keeper;
    }
    return "run this as "
        + (attributes.isEmpty() ? "the account that owns what is there" : owner());
  }

  /** Who else may, if the group may. */
  private String group() {
    if (attributes.isEmpty() || isOwn()) {
      return "";
    }
    Set<PosixFilePermission> mode = attributes.get().permissions();
    boolean toEnter =
        attributes.get().isDirectory() && !mode.contains(PosixFilePermission.OTHERS_EXECUTE);
    return mode.contains(
            toEnter ? PosixFilePermission.GROUP_EXECUTE : PosixFilePermission.GROUP_WRITE)
        ? ", or as a member of the group " + attributes.get().group().getName()
        : "";
  }

  /** Who once ran this as root has left files there that are not the account's. */
  private String remedy(Path data) {
    return !isOwn() && keeper.startsWith(data) && !keeper.equals(data) && isOwn(attributes(data))
        ? "give this account what is there, as root: chown -R " + account + " " + data
        : remedy();
  }

  private String owner() {
    return attributes.orElseThrow().owner().getName();
  }

  private boolean isOwn() {
    return isOwn(attributes);
  }

  private boolean isOwn(Optional<PosixFileAttributes> whose) {
    return whose.isPresent() && whose.get().owner().getName().equals(account);
  }
}
