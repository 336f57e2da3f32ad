package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever account the tests run as, somebody else is refused. */
class DeniedTest {
  private static final String OTHER = "somebody-else";

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Path data = Path.of("");
  private String owner = "";

  @BeforeEach
  void makeADataDirectory() throws Exception {
    data = Files.createDirectory(directory.resolve("data"));
    owner = Files.getOwner(data).getName();
    mode(data, "rwx------");
  }

  private static void mode(Path path, String mode) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private boolean entersAllButData(Path entered) {
    return !entered.equals(data);
  }

  @Test
  void aDirectoryThatMayNotBeEnteredIsNamedWithItsOwnerAndWithWhoThisIs() {
    Denied denied = Denied.of(data.resolve("lock"), OTHER, this::entersAllButData);
    assertThat(denied.hints())
        .containsExactly(
            "why:  " + data + " belongs to " + owner + ", and this account is " + OTHER,
            "do:   run this as " + owner);
  }

  @Test
  void aDirectoryThatMayNotBeWrittenIsNamedWhereSomethingIsToBeMadeInIt() {
    Denied denied = Denied.of(data.resolve("run/dirsync.sock"), OTHER, _ -> true);
    assertThat(denied.keeper()).isEqualTo(data);
  }

  @Test
  void whatMayBeEnteredOrWrittenByAGroupSaysWhichGroup() throws Exception {
    Path socket = Files.createFile(data.resolve("dirsync.sock"));
    mode(socket, "rw-rw----");
    String group = Files.readAttributes(data, PosixFileAttributes.class).group().getName();
    String remedy = "do:   run this as " + owner + ", or as a member of the group " + group;
    assertThat(Denied.of(socket, OTHER, _ -> true).hints()).endsWith(remedy);
    assertThat(Denied.of(socket, OTHER, this::entersAllButData).hints()).doesNotContain(remedy);
    mode(data, "rwxr-x---");
    assertThat(Denied.of(socket, OTHER, this::entersAllButData).hints()).endsWith(remedy);
  }

  @Test
  void whatIsTheAccountsOwnAndShutToItSaysItsMode() throws Exception {
    mode(data, "r-x------");
    assertThat(Denied.of(data.resolve("lock"), owner, _ -> true).hints())
        .containsExactly(
            "why:  " + data + " belongs to this account, " + owner + ", but its mode is r-x------",
            "do:   chmod u+rwx " + data);
  }

  @Test
  void aDataDirectoryThatMayNotBeUsedIsAnErrorThatSaysWhatHoldsMeanwhile() throws Exception {
    Path lock = Files.createFile(data.resolve("lock"));
    CommandException e =
        Denied.data(data, new AccessDeniedException(lock.toString()), "nothing was changed");
    StringWriter err = new StringWriter();
    assertThat(Errors.failure(e, new PrintWriter(err))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString().lines())
        .startsWith(
            "error: permission denied: this account may not use the node's data directory " + data)
        .anyMatch(line -> line.startsWith("  why:  " + lock + " belongs to "))
        .anyMatch(line -> line.startsWith("  do:   "))
        .endsWith("  now:  nothing was changed")
        .hasSize(4);
  }

  @Test
  void anyOtherPathThatIsRefusedSaysWhoseItIs() {
    StringWriter err = new StringWriter();
    Errors.failure(new AccessDeniedException(data.toString()), new PrintWriter(err));
    assertThat(err.toString().lines())
        .hasSize(3)
        .startsWith("error: permission denied for this account: " + data)
        .anyMatch(line -> line.startsWith("  why:  " + data + " belongs to "))
        .anyMatch(line -> line.startsWith("  do:   "));
  }
}
