package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.GsonBuilder;
import io.dirsync.engine.FolderMode;
import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.NodeStatus.Ancestors;
import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.NodeStatus.PeerStatus;
import io.dirsync.engine.NodeStatus.State;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What scripts and monitoring read: names, kinds and units stay as they are. */
final class StatusJsonTest {
  private static final PeerStatus BEHIND =
      new PeerStatus(
          "web2", true, 3, false, 4_096, 1.5, 100_000, 200_000, null, 1_700_000_000_000L);
  private static final PeerStatus AWAY =
      new PeerStatus("web3", false, 70_000, true, 0, 0.0, 1, 2, "connection refused", 0);

  @Test
  void everyFieldHasItsNameAndKindAndNothingElseIsThere() {
    NodeStatus status =
        new NodeStatus(
            "web1",
            "DS1-ABCD",
            "2 folders.",
            List.of(
                new FolderStatus(
                    "www",
                    "/srv/www",
                    State.HELD,
                    "9 files are gone here",
                    List.of("cannot write index.html"),
                    List.of("it began anew"),
                    48_213,
                    12_900_000_000L,
                    2,
                    1,
                    1_700_000_000_001L,
                    List.of(BEHIND, AWAY),
                    FolderMode.TWO_WAY,
                    0,
                    new Ancestors(5, 6)),
                new FolderStatus(
                    "etc",
                    "/etc/site",
                    State.IN_SYNC,
                    null,
                    List.of(),
                    List.of(),
                    0,
                    0,
                    0,
                    0,
                    0,
                    List.of(),
                    FolderMode.RECEIVE_ONLY,
                    4,
                    Ancestors.NONE)));
    assertThat(
            new GsonBuilder()
                .serializeNulls()
                .setPrettyPrinting()
                .create()
                .toJson(StatusJson.of(status)))
        .isEqualTo(
            """
            {
              "schema": 1,
              "node": "web1",
              "id": "DS1-ABCD",
              "summary": "2 folders.",
              "folders": [
                {
                  "name": "www",
                  "path": "/srv/www",
                  "state": "held",
                  "reason": "9 files are gone here",
                  "files": 48213,
                  "bytes": 12900000000,
                  "conflicts": 2,
                  "skipped": 1,
                  "lastChange": 1700000000001,
                  "problems": [
                    "cannot write index.html"
                  ],
                  "notes": [
                    "it began anew"
                  ],
                  "peers": [
                    {
                      "name": "web2",
                      "connected": true,
                      "behindFiles": 3,
                      "behindCounts": "files",
                      "behindBytes": 4096,
                      "lagSeconds": 1.5,
                      "sentBytes": 100000,
                      "receivedBytes": 200000,
                      "trouble": null,
                      "since": 1700000000000
                    },
                    {
                      "name": "web3",
                      "connected": false,
                      "behindFiles": 70000,
                      "behindCounts": "changes",
                      "behindBytes": 0,
                      "lagSeconds": 0.0,
                      "sentBytes": 1,
                      "receivedBytes": 2,
                      "trouble": "connection refused",
                      "since": 0
                    }
                  ],
                  "mode": "two-way",
                  "drift": 0,
                  "ancestors": {
                    "files": 5,
                    "bytes": 6
                  }
                },
                {
                  "name": "etc",
                  "path": "/etc/site",
                  "state": "in sync",
                  "reason": null,
                  "files": 0,
                  "bytes": 0,
                  "conflicts": 0,
                  "skipped": 0,
                  "lastChange": 0,
                  "problems": [],
                  "notes": [],
                  "peers": [],
                  "mode": "receive-only",
                  "drift": 4,
                  "ancestors": {
                    "files": 0,
                    "bytes": 0
                  }
                }
              ]
            }""");
  }

  @Test
  void statesAreWordsThatScriptsKnow() {
    assertThat(State.values())
        .extracting(State::words)
        .containsExactly(
            "in sync",
            "scanning",
            "sending",
            "receiving",
            "publishing",
            "paused",
            "held",
            "halted");
  }
}
