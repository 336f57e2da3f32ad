package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static final Map<String, String> HOME = Map.of("HOME", "/home/op");

  @Test
  void rootsThingsAreWhereTheSystemHasThem() {
    Places places = new Places(HOME, true);
    assertThat(places.configFile()).isEqualTo(Path.of("/etc/dirsync/dirsync.toml"));
    assertThat(places.dataDirectory()).isEqualTo(Path.of("/var/lib/dirsync"));
    assertThat(places.adminSocket(places.dataDirectory()))
        .isEqualTo(Path.of("/run/dirsync/dirsync.sock"));
  }

  @Test
  void everybodyElsesAreBelowTheirHomeOrWhereTheySay() {
    Places places = new Places(HOME, false);
    assertThat(places.configFile()).isEqualTo(Path.of("/home/op/.config/dirsync/dirsync.toml"));
    assertThat(places.dataDirectory()).isEqualTo(Path.of("/home/op/.local/state/dirsync/node"));
    assertThat(places.adminSocket(places.dataDirectory()))
        .isEqualTo(Path.of("/home/op/.local/state/dirsync/node/dirsync.sock"));

    Places said =
        new Places(
            Map.of("HOME", "/home/op", "XDG_CONFIG_HOME", "/c", "XDG_STATE_HOME", "/s"), false);
    assertThat(said.configFile()).isEqualTo(Path.of("/c/dirsync/dirsync.toml"));
    assertThat(said.dataDirectory()).isEqualTo(Path.of("/s/dirsync/node"));
  }
}
