package io.dirsync.protocol;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Set;

/**
 * A node's identity: a P-256 key and a certificate that it signed itself, whose only use is to
 * carry the public key through TLS. Kept as {@code node.key} (mode 0600) and {@code node.crt}, both
 * PEM.
 */
public record NodeKey(PrivateKey privateKey, X509Certificate certificate) {
  private static final String KEY_FILE = "node.key";
  private static final String CERTIFICATE_FILE = "node.crt";
  private static final String KEY_TYPE = "PRIVATE KEY";
  private static final String CERTIFICATE_TYPE = "CERTIFICATE";

  /** The fingerprint that peers know this node by. */
  public NodeId id() {
    return idOf(certificate);
  }

  /** The fingerprint of a certificate's public key. */
  public static NodeId idOf(X509Certificate certificate) {
    try {
      return NodeId.of(
          MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** Makes a new key that is kept nowhere. */
  public static NodeKey generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
      KeyPair pair = generator.generateKeyPair();
      return new NodeKey(pair.getPrivate(), SelfSigned.certificate(pair));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has P-256", e);
    }
  }

  /**
   * Makes a new key and keeps it in a directory.
   *
   * @throws FileAlreadyExistsException if the directory holds one already
   */
  public static NodeKey create(Path directory) throws IOException {
    Files.createDirectories(directory);
    NodeKey key = generate();
    try {
      Set<PosixFilePermission> mode = PosixFilePermissions.fromString("rw-------");
      try (var channel =
          Files.newByteChannel(
              directory.resolve(KEY_FILE),
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(mode))) {
        channel.write(
            StandardCharsets.US_ASCII.encode(pem(KEY_TYPE, key.privateKey().getEncoded())));
      }
      Files.writeString(
          directory.resolve(CERTIFICATE_FILE),
          pem(CERTIFICATE_TYPE, key.certificate().getEncoded()));
      return key;
    } catch (GeneralSecurityException e) {
      throw new IOException("the new certificate has no encoding", e);
    }
  }

  /** Whether a directory holds a key. */
  public static boolean exists(Path directory) {
    return Files.exists(directory.resolve(KEY_FILE));
  }

  /**
   * Reads the key that a directory holds.
   *
   * @throws IOException if there is none, it is damaged, or others may read it; the message says
   *     what to do
   */
  public static NodeKey load(Path directory) throws IOException {
    Path keyFile = directory.resolve(KEY_FILE);
    Path certificateFile = directory.resolve(CERTIFICATE_FILE);
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(keyFile);
      mode.removeAll(PosixFilePermissions.fromString("rw-------"));
      if (!mode.isEmpty()) {
        throw new IOException(
            "the node's key "
                + keyFile
                + " is open to other users; if it was not read by them: chmod 600 "
                + keyFile);
      }
      byte[] key = unpem(keyFile, KEY_TYPE);
      PrivateKey privateKey =
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new java.io.ByteArrayInputStream(unpem(certificateFile, CERTIFICATE_TYPE)));
      return new NodeKey(privateKey, certificate);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "the node has no key: " + e.getFile() + " is missing; `dirsync init` makes one", e);
    } catch (GeneralSecurityException e) {
      throw new IOException("the node's key in " + directory + " is damaged: " + e.getMessage(), e);
    }
  }

  private static String pem(String type, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }

  private static byte[] unpem(Path file, String type) throws IOException {
    String text = Files.readString(file, StandardCharsets.US_ASCII);
    String begin = "-----BEGIN " + type + "-----";
    String end = "-----END " + type + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf(end);
    if (from < 0 || to < from) {
      throw new IOException(file + " is no PEM file with a " + type);
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }
}
