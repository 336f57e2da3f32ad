package io.dirsync.conflict;

import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Shown;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a state shows for one path.
 *
 * @param shown null if nothing stands there
 * @param copies the conflict copies of versions that were written to this path, by dot
 */
public record Rendering(@Nullable Shown shown, List<ConflictCopy> copies) {
  public Rendering {
    copies = List.copyOf(copies);
  }
}
