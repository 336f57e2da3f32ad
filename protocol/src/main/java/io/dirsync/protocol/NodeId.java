package io.dirsync.protocol;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The fingerprint by which a node is known to its peers: the SHA-256 of its public key (the
 * SubjectPublicKeyInfo, DER). Written as {@code DS1-} and 52 characters of RFC 4648 base32 and four
 * more to check them, in groups of four, joined by hyphens.
 */
public final class NodeId implements Comparable<NodeId> {
  private static final String VERSION = "DS1";
  private static final String PREFIX = VERSION + "-";
  private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int BYTES = 32;
  private static final int CHARACTERS = 52;
  private static final int CHECK_CHARACTERS = 4;

  private final byte[] digest;

  private NodeId(byte[] digest) {
    this.digest = digest;
  }

  /**
   * @throws IllegalArgumentException if it is not 32 bytes long
   */
  public static NodeId of(byte[] digest) {
    if (digest.length != BYTES) {
      throw new IllegalArgumentException("a SHA-256 digest has 32 bytes, not " + digest.length);
    }
    return new NodeId(digest.clone());
  }

  /**
   * Reads the written form, with or without its check characters; case, hyphens and spaces do not
   * matter.
   *
   * @throws IllegalArgumentException if it is not an id, saying why
   */
  public static NodeId parse(String text) {
    String plain = text.replaceAll("[\\s-]", "").toUpperCase(Locale.ROOT);
    if (!plain.startsWith(VERSION)) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no node id: one begins with "
              + PREFIX
              + ", as `dirsync id` prints it");
    }
    String characters = plain.substring(VERSION.length());
    for (int i = 0; i < characters.length(); i++) {
      if (ALPHABET.indexOf(characters.charAt(i)) < 0) {
        throw new IllegalArgumentException(
            "'" + text + "' is no node id: there is no '" + characters.charAt(i) + "' in one");
      }
    }
    boolean isChecked = characters.length() == CHARACTERS + CHECK_CHARACTERS;
    if (!isChecked && characters.length() != CHARACTERS) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no node id: "
              + characters.length()
              + " characters follow "
              + PREFIX
              + ", not "
              + (CHARACTERS + CHECK_CHARACTERS)
              + "; copy it again from what `dirsync id` prints");
    }
    NodeId id = decoded(characters);
    if (id == null || (isChecked && !id.check().equals(characters.substring(CHARACTERS)))) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no node id: a character is wrong, or a group of them is missing; copy it again from what `dirsync id` prints");
    }
    return id;
  }

  /** What the characters in front stand for; null if they can stand for nothing. */
  private static @Nullable NodeId decoded(String characters) {
    byte[] digest = new byte[BYTES];
    long buffer = 0;
    int bits = 0;
    int at = 0;
    for (int i = 0; i < CHARACTERS; i++) {
      buffer = (buffer << 5 | ALPHABET.indexOf(characters.charAt(i))) & 0xffff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        digest[at++] = (byte) (buffer >> bits);
      }
    }
    return (buffer & ((1 << bits) - 1)) == 0 ? new NodeId(digest) : null;
  }

  /**
   * Characters that a mistyped id does not have, but for one in half a million. The last one is
   * none that an id without them may end with: whoever leaves out a group, but the last, is told.
   */
  private String check() {
    byte[] hash;
    try {
      hash = MessageDigest.getInstance("SHA-256").digest(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    int bits = (hash[0] & 0xff) << 16 | (hash[1] & 0xff) << 8 | (hash[2] & 0xff);
    StringBuilder out = new StringBuilder();
    for (int shift = 19; shift >= 9; shift -= 5) {
      out.append(ALPHABET.charAt((bits >> shift) & 31));
    }
    return out.append(ALPHABET.charAt(((bits >> 4) & 31) | 1)).toString();
  }

  public byte[] bytes() {
    return digest.clone();
  }

  @Override
  public int compareTo(NodeId other) {
    return Arrays.compareUnsigned(digest, other.digest);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeId id && Arrays.equals(digest, id.digest);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(digest);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(PREFIX);
    long buffer = 0;
    int bits = 0;
    int written = 0;
    for (int i = 0; i <= BYTES; i++) {
      if (i < BYTES) {
        buffer = (buffer << 8 | (digest[i] & 0xff)) & 0xffff;
        bits += 8;
      } else if (bits > 0) {
        buffer <<= 5 - bits;
        bits = 5;
      }
      while (bits >= 5) {
        bits -= 5;
        if (written > 0 && written % 4 == 0) {
          out.append('-');
        }
        out.append(ALPHABET.charAt((int) (buffer >> bits) & 31));
        written++;
      }
    }
    return out.append('-').append(check()).toString();
  }
}
