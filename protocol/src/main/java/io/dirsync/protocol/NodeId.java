package io.dirsync.protocol;

import java.util.Arrays;
import java.util.Locale;

/**
 * The fingerprint by which a node is known to its peers: the SHA-256 of its public key (the
 * SubjectPublicKeyInfo, DER). Written as {@code DS1-} and 52 characters of RFC 4648 base32 in
 * groups of four, joined by hyphens.
 */
public final class NodeId implements Comparable<NodeId> {
  private static final String PREFIX = "DS1-";
  private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int BYTES = 32;
  private static final int CHARACTERS = 52;

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
   * Reads the written form; case, hyphens and spaces do not matter.
   *
   * @throws IllegalArgumentException if it is not an id, saying why
   */
  public static NodeId parse(String text) {
    String plain = text.replaceAll("[\\s-]", "").toUpperCase(Locale.ROOT);
    if (!plain.startsWith("DS1") || plain.length() != CHARACTERS + 3) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no node id: one is DS1- and 52 letters and digits, as `dirsync id` prints it");
    }
    byte[] digest = new byte[BYTES];
    long buffer = 0;
    int bits = 0;
    int at = 0;
    for (int i = 3; i < plain.length(); i++) {
      char c = plain.charAt(i);
      int value = ALPHABET.indexOf(c);
      if (value < 0) {
        throw new IllegalArgumentException("'" + text + "' is no node id: it has no '" + c + "'");
      }
      buffer = (buffer << 5 | value) & 0xffff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        digest[at++] = (byte) (buffer >> bits);
      }
    }
    if ((buffer & ((1 << bits) - 1)) != 0) {
      throw new IllegalArgumentException(
          "'" + text + "' is no node id: its last character is wrong");
    }
    return new NodeId(digest);
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
    return out.toString();
  }
}
