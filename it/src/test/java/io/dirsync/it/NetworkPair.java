package io.dirsync.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Two network namespaces joined by one cable, which can be cut and made to swallow packets. */
final class NetworkPair {
  private static final Path ANYWHERE = Path.of("/");
  private static final String CABLE = "cable";
  private static final List<String> ADDRESSES = List.of("10.211.77.1", "10.211.77.2");

  private final List<String> namespaces;

  NetworkPair() throws IOException, InterruptedException {
    String tag = "dirsync-" + ProcessHandle.current().pid();
    namespaces = List.of(tag + "-a", tag + "-b");
    try {
      for (String namespace : namespaces) {
        ip("netns add " + namespace);
        ip("-n " + namespace + " link set lo up");
      }
      ip(
          "-n %s link add %s type veth peer name %s netns %s"
              .formatted(namespaces.get(0), CABLE, CABLE, namespaces.get(1)));
      for (int side = 0; side < 2; side++) {
        ip("-n " + namespaces.get(side) + " addr add " + ADDRESSES.get(side) + "/24 dev " + CABLE);
        ip("-n " + namespaces.get(side) + " link set " + CABLE + " up");
      }
    } catch (IOException | InterruptedException | AssertionError e) {
      close();
      throw e;
    }
  }

  /** Whether this account may make network namespaces; in most containers it may not. */
  static boolean possible() throws InterruptedException {
    String probe = "dirsync-probe-" + ProcessHandle.current().pid();
    return Program.works("ip", "netns", "add", probe)
        && Program.works("ip", "-n", probe, "link", "add", "x", "type", "veth", "peer", "name", "y")
        && Program.works("ip", "netns", "del", probe);
  }

  private static void ip(String arguments) throws IOException, InterruptedException {
    Program.script(ANYWHERE, "ip " + arguments);
  }

  String address(int side) {
    return ADDRESSES.get(side);
  }

  /** What starts a command on one side. */
  String[] on(int side) {
    return new String[] {"ip", "netns", "exec", namespaces.get(side)};
  }

  /** Pulls the cable: both sides see that it is out. */
  void cut() throws IOException, InterruptedException {
    ip("-n " + namespaces.get(0) + " link set " + CABLE + " down");
  }

  void plugIn() throws IOException, InterruptedException {
    ip("-n " + namespaces.get(0) + " link set " + CABLE + " up");
  }

  /** Lets every packet vanish without a word, as a dead switch between them would. */
  void swallow() throws IOException, InterruptedException {
    for (int side = 0; side < 2; side++) {
      ip(
          "-n %s neigh replace %s lladdr 02:00:00:00:00:99 dev %s nud permanent"
              .formatted(namespaces.get(side), ADDRESSES.get(1 - side), CABLE));
    }
  }

  void deliver() throws IOException, InterruptedException {
    for (int side = 0; side < 2; side++) {
      ip(
          "-n %s neigh del %s dev %s"
              .formatted(namespaces.get(side), ADDRESSES.get(1 - side), CABLE));
    }
  }

  /** Takes both namespaces away, and the cable with them. */
  void close() throws IOException, InterruptedException {
    for (String namespace : namespaces) {
      Program.run(ANYWHERE, Map.of(), List.of("ip", "netns", "del", namespace));
    }
  }
}
