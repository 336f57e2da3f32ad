package io.dirsync.protocol.netty;

import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/** Takes whoever answers: it is the server that must be careful. */
final class Trusting implements X509TrustManager {
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
