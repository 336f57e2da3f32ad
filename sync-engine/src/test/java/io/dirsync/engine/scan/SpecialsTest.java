package io.dirsync.engine.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.RelativePath;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SpecialsTest {
  private final Specials specials = new Specials();

  private static RelativePath path(String path) {
    return RelativePath.of(path.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void eachIsCountedOnceUntilItIsGone() {
    specials.stands(path("d/pipe"));
    specials.stands(path("d/pipe"));
    assertThat(specials.count()).isEqualTo(1);
    specials.gone(path("d/pipe"));
    assertThat(specials.count()).isZero();
  }

  @Test
  void whatIsBelowADirectoryGoesWithItAndNothingBesideItDoes() {
    for (String each : List.of("d", "d-x/a", "d/a", "d/e/b", "d0/c")) {
      specials.stands(path(each));
    }
    specials.gone(path("d"));
    assertThat(specials.count()).as("d-x/a and d0/c").isEqualTo(2);
  }

  @Test
  void aListingTakesThePlaceOfWhatWasKnownDirectlyInADirectory() {
    for (String each : List.of("d/a", "d/b", "d/e/c", "other")) {
      specials.stands(path(each));
    }
    specials.listed(path("d"), List.of(path("d/b")));
    assertThat(specials.count()).isEqualTo(3);
    specials.listed(RelativePath.ROOT, List.of());
    assertThat(specials.count()).isEqualTo(2);
  }

  @Test
  void ofMoreThanAreKeptThoseOfTheLastWalkAreCounted() {
    int many = Specials.KEPT_MAX + 5;
    specials.listed(
        RelativePath.ROOT, IntStream.range(0, many).mapToObj(i -> path("" + i)).toList());
    specials.walked(many);
    assertThat(specials.count()).isEqualTo(many);
    specials.listed(RelativePath.ROOT, List.of(path("1")));
    specials.walked(1);
    assertThat(specials.count()).isEqualTo(1);
  }
}
