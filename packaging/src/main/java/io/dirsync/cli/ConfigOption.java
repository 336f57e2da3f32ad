package io.dirsync.cli;

import com.google.gson.JsonObject;
import io.dirsync.daemon.AdminClient;
import io.dirsync.daemon.ConfigException;
import io.dirsync.daemon.ConfigReader;
import io.dirsync.daemon.Configuration;
import io.dirsync.daemon.Places;
import io.dirsync.protocol.NodeKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code --config}, and what follows from it. Every command has it, and a command takes it from the
 * ones before it on the line as well: {@code dirsync peer --config FILE add} is {@code dirsync peer
 * add --config FILE}.
 */
final class ConfigOption {
  private static final String NAME = "--config";

  private final Places places = new Places();

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = NAME,
      paramLabel = "FILE",
      description =
          "The configuration; default: /etc/dirsync/dirsync.toml for root, else below ~/.config.")
  private @Nullable Path file;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  /**
   * The file that this command or one before it was given.
   *
   * @throws ParameterException if two of them were
   */
  Path file() {
    CommandSpec own = java.util.Objects.requireNonNull(command);
    Path given = file;
    for (CommandSpec each = own.parent(); each != null; each = each.parent()) {
      Path before = each.findOption(NAME).getValue();
      if (before != null && given != null) {
        throw new ParameterException(
            own.commandLine(), "option '" + NAME + "' (FILE) should be specified only once");
      }
      given = before == null ? given : before;
    }
    return (given == null ? places.configFile() : given).toAbsolutePath();
  }

  Places places() {
    return places;
  }

  Configuration read() throws ConfigException {
    return ConfigReader.read(file(), places);
  }

  /** The key of the node that it names. */
  NodeKey key() throws ConfigException, IOException, CommandException {
    Path data = read().node().dataDirectory();
    try {
      return NodeKey.load(data);
    } catch (AccessDeniedException e) {
      throw Denied.data(data, e, "nothing was changed");
    }
  }

  /** After a change of the file: says on {@code err} what a running daemon makes of it. */
  void tellOfDaemon(PrintWriter err) throws ConfigException {
    if (new AdminClient(read().admin()).answers()) {
      err.println("  now:  the running daemon goes on with the old configuration");
      err.println("  do:   restart it to take this in");
    }
  }

  /**
   * Asks the daemon.
   *
   * @throws CommandException if it refuses
   */
  JsonObject ask(JsonObject request, Duration patience)
      throws ConfigException, IOException, CommandException {
    return checked(new AdminClient(read().admin()).ask(request, patience));
  }

  /** The same, with a file that follows the request. */
  JsonObject ask(JsonObject request, FileChannel content)
      throws ConfigException, IOException, CommandException {
    return checked(new AdminClient(read().admin()).ask(request, content));
  }

  private static JsonObject checked(JsonObject answer) throws CommandException {
    if (answer.has("error")) {
      JsonObject error = answer.getAsJsonObject("error");
      int code =
          error.get("code").getAsString().equals("timeout") ? ExitCode.TIMED_OUT : ExitCode.FAILED;
      throw new CommandException(code, error.get("what").getAsString());
    }
    return answer;
  }

  static JsonObject request(String what) {
    JsonObject request = new JsonObject();
    request.addProperty("ask", what);
    return request;
  }
}
