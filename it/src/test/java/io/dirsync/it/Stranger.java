package io.dirsync.it;

import io.dirsync.protocol.NodeKey;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A client that is no dirsync: it says what it likes, and waits until it is hung up on. */
final class Stranger {
  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(30).toMillis();

  private Stranger() {}

  /** Connects without TLS and says something; returns when the other side has hung up. */
  static void plain(String address, byte[] words) throws IOException {
    try (Socket socket = connect(address)) {
      say(socket, words);
    }
  }

  /** Connects by TLS with a key and says something; returns when the other side has hung up. */
  static void tls(String address, NodeKey key, byte[] words)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("node", key.privateKey(), new char[0], new Certificate[] {key.certificate()});
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(keys, new char[0]);
    context.init(factory.getKeyManagers(), new TrustManager[] {new Trusting()}, new SecureRandom());
    try (Socket plain = connect(address);
        SSLSocket socket =
            (SSLSocket)
                context
                    .getSocketFactory()
                    .createSocket(plain, plain.getInetAddress().getHostAddress(), 1, true)) {
      say(socket, words);
    }
  }

  private static Socket connect(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    Socket socket =
        new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static void say(Socket socket, byte[] words) throws IOException {
    try {
      socket.getOutputStream().write(words);
      socket.getOutputStream().flush();
      socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("a stranger is not hung up on", e);
    } catch (IOException e) {
      // Hanging up may look like this too: an alert, a reset.
    }
  }

  /** Takes whoever answers: it is the server that must be careful here. */
  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      // Anybody will do.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // Anybody will do.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
