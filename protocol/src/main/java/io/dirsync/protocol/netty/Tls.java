package io.dirsync.protocol.netty;

import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.NodeKey;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.CertificateVerifier;
import java.io.IOException;
import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS 1.3 with pinned keys: a certificate is trusted for its public key alone. */
final class Tls {
  private static final String VERSION = "TLSv1.3";

  private final NodeKey key;
  private final SslProvider provider;

  Tls(NodeKey key, boolean openSsl) {
    this.key = key;
    this.provider = openSsl && OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
  }

  SslContext server(Predicate<NodeId> known) throws IOException {
    try {
      return SslContextBuilder.forServer(new OwnKey(key))
          .sslProvider(provider)
          .protocols(VERSION)
          .clientAuth(ClientAuth.REQUIRE)
          .trustManager(new Pinned(known, Tls::stranger))
          .sessionCacheSize(1)
          .build();
    } catch (SSLException e) {
      throw new IOException("TLS cannot be set up", e);
    }
  }

  SslContext client(NodeId expected) throws IOException {
    try {
      return SslContextBuilder.forClient()
          .keyManager(new OwnKey(key))
          .sslProvider(provider)
          .protocols(VERSION)
          .trustManager(new Pinned(expected::equals, found -> otherKey(found, expected)))
          .endpointIdentificationAlgorithm(null)
          .build();
    } catch (SSLException e) {
      throw new IOException("TLS cannot be set up", e);
    }
  }

  /** What a server says of a client whose key nobody told it of. */
  static String stranger(NodeId id) {
    return "its key "
        + id
        + " is not known here; if it is one of your nodes, "
        + Failure.introduce(id);
  }

  private static String otherKey(NodeId found, NodeId expected) {
    return "it shows the key "
        + found
        + ", not "
        + expected
        + " as configured; if that node was given a new key, compare with `dirsync id` there, put the"
        + " new id in the old one's place in this node's configuration (`id` of that [[peer]]), and"
        + " restart this daemon";
  }

  /** The key that the other side proved to hold. */
  static NodeId peer(SSLSession session) throws SSLPeerUnverifiedException {
    Certificate[] chain = session.getPeerCertificates();
    if (chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
      return NodeKey.idOf(certificate);
    }
    throw new SSLPeerUnverifiedException("the peer showed no certificate");
  }

  /** The key is known or it is not; dates, names and issuers say nothing. */
  private final class Pinned extends X509ExtendedTrustManager {
    private final Predicate<NodeId> known;
    private final Function<NodeId, String> otherwise;

    Pinned(Predicate<NodeId> known, Function<NodeId, String> otherwise) {
      this.known = known;
      this.otherwise = otherwise;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length != 1) {
        throw new CertificateException("one certificate is expected, not " + chain.length);
      }
      NodeId id = NodeKey.idOf(chain[0]);
      if (!known.test(id)) {
        throw refusal(new UnknownKeyException(otherwise.apply(id)));
      }
    }

    /** BoringSSL takes the alert from the exception, and would say "internal error" of others. */
    private CertificateException refusal(UnknownKeyException unknown) {
      return provider == SslProvider.OPENSSL
          ? new OpenSslCertificateException(
              unknown.getMessage(), unknown, CertificateVerifier.X509_V_ERR_CERT_REJECTED)
          : unknown;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** A key that nobody told this node of, or another than the one expected. */
  static final class UnknownKeyException extends CertificateException {
    private static final long serialVersionUID = 1;

    UnknownKeyException(String message) {
      super(message);
    }
  }
}
