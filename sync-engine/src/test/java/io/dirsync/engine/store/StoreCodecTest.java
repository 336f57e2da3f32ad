package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.B;
import static io.dirsync.engine.store.Samples.C;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.c;
import static io.dirsync.engine.store.Samples.file;
import static io.dirsync.engine.store.Samples.link;
import static io.dirsync.engine.store.Samples.path;
import static io.dirsync.model.Ending.By.POLICY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Settled;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What stands on people's disks. A golden value that changes means that stores cannot be read any
 * more: then it takes a new format, and code that reads the old one.
 */
final class StoreCodecTest {
  private static final List<ReplicaId> REPLICAS = List.of(A, B, C);

  private static final StoreCodec CODEC =
      new StoreCodec(
          new ReplicaNumbers() {
            @Override
            public int number(ReplicaId replica) {
              return REPLICAS.indexOf(replica);
            }

            @Override
            public ReplicaId replica(int number) {
              if (number >= REPLICAS.size()) {
                throw new IllegalArgumentException("no replica has the number " + number);
              }
              return REPLICAS.get(number);
            }
          });

  private static final Attributes OWNED = new Attributes(0750, -1, "ann", "web");

  private static final Version FILE =
      new Version(
          a(300),
          path("d/x"),
          file(1, 1000),
          OWNED,
          0x0102030405060708L,
          List.of(b(2), c(1)),
          b(9),
          true);

  private static final AttributeChange CHANGE =
      new AttributeChange(
          c(5),
          path("d/x"),
          List.of(
              new AttributeChange.Field(AttributeName.MODE, new AttributeValue.OfNumber(0644), 1),
              new AttributeChange.Field(AttributeName.OWNER, new AttributeValue.OfText("bo"), 2)));

  private static final Version LINK =
      new Version(a(1), path("l"), link("to"), new Attributes(0777, 5), 6, List.of(), null, false);

  private static final Version DIRECTORY =
      new Version(
          a(2),
          path("d"),
          Content.Directory.VALUE,
          new Attributes(0755, 0),
          7,
          List.of(),
          null,
          false);

  private static final Version SETTLED =
      new Version(
          a(1),
          path("l"),
          link("to"),
          new Attributes(0777, 5),
          6,
          List.of(),
          null,
          false,
          new Settled(Settled.By.TEXT, 3));

  private static final PathRecord RECORD =
      new PathRecord(
          path("d/x"),
          new Shown(file(1, 1000), OWNED, Set.of(b(2), a(1)), Set.of(c(3))),
          new Fingerprint(-2, 1000, 3, 4, true),
          List.of(new PathRecord.Copy(c(7), link("to"), OWNED, 8, path("c/7"))));

  private static final Event EVENT =
      new Event(List.of(FILE, CHANGE), Set.of(c(1), a(3)), Set.of(b(1)));

  /** A kind of value: how it is written, and how it is read again. */
  record Kind<V>(V value, Function<V, byte[]> writer, Function<byte[], V> reader) {
    byte[] written() {
      return writer.apply(value);
    }

    void read(byte[] bytes) {
      assertThat(reader.apply(bytes)).isEqualTo(value);
    }
  }

  private static final String HASH_1 =
      "0000000000000001000000000000000200000000000000030000000000000004";
  private static final String OWNED_HEX = "e803" + "ffffffffffffffff" + "03616e6e" + "03776562";
  private static final String FILE_HEX =
      ("01" + "03" + "00ac02" + "01" + HASH_1 + "e807" + OWNED_HEX)
          + ("0102030405060708" + "02" + "0102" + "0201" + "0109");
  private static final String CHANGE_HEX =
      ("02" + "0205" + "02")
          + ("00" + "00000000000001a4" + "0000000000000001")
          + ("02" + "02626f" + "0000000000000002");
  private static final String LINK_HEX =
      "01"
          + "00"
          + "0001"
          + "0202746f"
          + "ff03"
          + "0000000000000005"
          + "0000"
          + "0000000000000006"
          + "00";
  private static final String DIRECTORY_HEX =
      "01"
          + "00"
          + "0002"
          + "00"
          + "ed03"
          + "0000000000000000"
          + "0000"
          + "0000000000000007"
          + "00";

  private static Arguments kind(String name, Kind<?> kind, String golden) {
    return argumentSet(name, kind, golden);
  }

  static Stream<Arguments> kinds() {
    return Stream.of(
        kind("number", new Kind<>(300L, StoreCodec::number, StoreCodec::number), "01" + "ac02"),
        kind("path", new Kind<>(path("d/x"), CODEC::path, CODEC::path), "01" + "03642f78"),
        kind(
            "dots",
            new Kind<>(List.of(b(2), a(1)), CODEC::dots, CODEC::dots),
            "01" + "02" + "0102" + "0001"),
        kind(
            "replica",
            new Kind<>(B, StoreCodec::replica, StoreCodec::replica),
            "01" + "0462657461" + "ffffffffffffffff"),
        kind(
            "figures",
            new Kind<>(
                new Figures(new FolderStore.Totals(1, 300, 2, 0), 4, 5),
                StoreCodec::figures,
                StoreCodec::figures),
            "01" + "01" + "ac02" + "02" + "04" + "05"),
        kind(
            "entries of a path",
            new Kind<>(
                List.<LiveEntry>of(FILE, CHANGE),
                CODEC::entries,
                bytes -> CODEC.entries(path("d/x"), bytes)),
            "01" + "02" + FILE_HEX + CHANGE_HEX),
        kind(
            "a link",
            new Kind<>(
                List.<LiveEntry>of(LINK), CODEC::entries, bytes -> CODEC.entries(path("l"), bytes)),
            "01" + "01" + LINK_HEX),
        kind(
            "what a policy wrote",
            new Kind<>(
                List.<LiveEntry>of(SETTLED),
                CODEC::entries,
                bytes -> CODEC.entries(path("l"), bytes)),
            "01" + "01" + "01" + "04" + LINK_HEX.substring(4) + "0203"),
        kind(
            "a directory",
            new Kind<>(
                List.<LiveEntry>of(DIRECTORY),
                CODEC::entries,
                bytes -> CODEC.entries(path("d"), bytes)),
            "01" + "01" + DIRECTORY_HEX),
        kind(
            "path record",
            new Kind<>(RECORD, CODEC::record, bytes -> CODEC.record(path("d/x"), bytes)),
            ("01" + "07" + "01" + HASH_1 + "e807" + OWNED_HEX)
                + ("02" + "0001" + "0102" + "01" + "0203")
                + ("feffffffffffffffff01" + "e807" + "0000000000000003" + "0000000000000004")
                + ("01" + "0207" + "0202746f" + OWNED_HEX + "0000000000000008" + "03632f37")),
        kind(
            "log entry",
            new Kind<>(
                new FolderStore.LogRecord(9, EVENT, B, 258),
                entry -> CODEC.log(entry.event(), entry.source(), entry.timeMillis()),
                bytes -> CODEC.log(9, bytes)),
            ("01" + "0000000000000102" + "02" + "01" + "e807")
                + ("02" + "03642f78" + FILE_HEX + "03642f78" + CHANGE_HEX)
                + ("02" + "0003" + "0201" + "01" + "0101")),
        kind(
            "log entry that ended a conflict",
            new Kind<>(
                new FolderStore.LogRecord(
                    9,
                    new Event(
                        List.of(), Set.of(c(1)), Set.of(), new Ending(POLICY, "a", "union", "*.l")),
                    null,
                    258),
                entry -> CODEC.log(entry.event(), entry.source(), entry.timeMillis()),
                bytes -> CODEC.log(9, bytes)),
            ("02" + "0000000000000102" + "00" + "00" + "00")
                + ("00" + "01" + "0201" + "00")
                + ("01" + "0161" + "05756e696f6e" + "032a2e6c")));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void writesAndReadsTheseBytes(Kind<?> kind, String golden) {
    assertThat(HexFormat.of().formatHex(kind.written())).isEqualTo(golden);
    kind.read(HexFormat.of().parseHex(golden));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void refusesAFormatThatItDoesNotKnow(Kind<?> kind, String golden) {
    byte[] bytes = HexFormat.of().parseHex(golden);
    bytes[0] = 9;
    assertThatThrownBy(() -> kind.read(bytes))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("in the store has format 9; this dirsync knows format ");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void refusesWhatIsCutShortOrTooLong(Kind<?> kind, String golden) {
    byte[] bytes = HexFormat.of().parseHex(golden);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> kind.read(cut))
          .as("cut to %d bytes", length)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("is damaged");
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> kind.read(longer))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("bytes too many");
  }

  @Test
  void refusesARowThatSpeaksOfAReplicaNobodyKnows() {
    assertThatThrownBy(() -> CODEC.dots(HexFormat.of().parseHex("01017f01")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("no replica has the number 127");
  }
}
