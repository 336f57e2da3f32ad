package io.dirsync.protocol.netty;

import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.ProtocolException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Why a connection failed, in words for whoever runs the node. */
final class Failure {
  /** The alerts by which the TLS libraries say that they do not trust a certificate. */
  private static final Pattern UNTRUSTED =
      Pattern.compile(
          "alert.*(bad.certificate|certificate.unknown|unknown.ca|access.denied)"
              + "|(bad.certificate|certificate.unknown|unknown.ca|access.denied).*alert",
          Pattern.DOTALL);

  /** How they say that the versions of TLS do not meet. */
  private static final Pattern VERSION =
      Pattern.compile("protocol.version|unsupported.protocol|is not enabled or supported");

  /** How they say that a client showed no certificate. */
  private static final Pattern NO_CERTIFICATE =
      Pattern.compile(
          "peer.did.not.return.a.certificate|empty client certificate|certificate.required");

  /** What the transport puts before the kernel's words: its own call. */
  private static final Pattern CALL =
      Pattern.compile("^[a-zA-Z]+\\(\\.\\.\\) failed with error\\(-\\d+\\): ");

  private Failure() {}

  /**
   * Tells what happened and, where the operator can do something, what.
   *
   * @param own this node's id, which the peer's operator may have to be given
   */
  static String inWords(Throwable cause, NodeId own) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      String known = known(each, own);
      if (!known.isEmpty()) {
        return known;
      }
    }
    String message = cause.getMessage();
    String words =
        message == null ? cause.getClass().getSimpleName() : CALL.matcher(message).replaceFirst("");
    return cause instanceof SSLException || cause.getCause() instanceof SSLException
        ? "TLS failed: " + words
        : words;
  }

  private static String known(Throwable cause, NodeId own) {
    return switch (cause) {
      case Tls.UnknownKeyException unknown -> String.valueOf(unknown.getMessage());
      case ProtocolException protocol -> String.valueOf(protocol.getMessage());
      case NotSslRecordException _ ->
          "what came is not TLS; something other than dirsync uses this port";
      case SslHandshakeTimeoutException _ -> "the TLS handshake was not finished in time";
      case ConnectTimeoutException _ -> "no answer; the host is down or a firewall is in the way";
      case BindException bind -> String.valueOf(bind.getMessage());
      case ConnectException refused
          when String.valueOf(refused.getMessage()).contains("Connection refused") ->
          "nothing listens there (connection refused)";
      case UnknownHostException _ -> "no such host is known";
      case ClosedChannelException _ -> "it closed the connection during the handshake";
      case CertificateException certificate when certificate.getCause() == null ->
          String.valueOf(certificate.getMessage());
      case SSLException tls -> ofTls(tls, own);
      default -> "";
    };
  }

  private static String ofTls(SSLException cause, NodeId own) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (UNTRUSTED.matcher(message).find()) {
      return untrusted(own);
    }
    if (VERSION.matcher(message).find()) {
      return "it does not speak TLS 1.3";
    }
    if (NO_CERTIFICATE.matcher(message).find()) {
      return "it showed no key";
    }
    return "";
  }

  /** What a peer that does not trust this node's key means for the operator. */
  static String untrusted(NodeId own) {
    return "the peer does not know this node's key; there, " + introduce(own);
  }

  /** How a node is told of a key: one that it knows by another key is not added again. */
  static String introduce(NodeId id) {
    return "see `dirsync peer list`: if it lists that node with another id, put "
        + id
        + " in that one's place in the configuration (`id` of that [[peer]]); if it does not, run:"
        + " dirsync peer add NAME --id "
        + id
        + "; then restart the daemon";
  }
}
