package io.dirsync.daemon;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One request and one answer a connection, each a line of JSON. */
final class AdminProtocol {
  static final int LINE_BYTES_MAX = 16 << 20;
  static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  private AdminProtocol() {}

  static void write(SocketChannel channel, JsonObject line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(GSON.toJson(line) + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /**
   * @throws IOException if the line ends too early, is too long, or is no JSON object
   */
  static JsonObject read(SocketChannel channel, int bytesMax) throws IOException {
    byte[] line = new byte[4096];
    int length = 0;
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    while (true) {
      buffer.clear();
      if (channel.read(buffer) < 0) {
        throw new IOException("the connection ended before the answer");
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        byte b = buffer.get();
        if (b == '\n') {
          return parse(new String(line, 0, length, StandardCharsets.UTF_8));
        }
        if (length == bytesMax) {
          throw new IOException("a line is longer than " + bytesMax + " bytes");
        }
        if (length == line.length) {
          line = Arrays.copyOf(line, 2 * length);
        }
        line[length++] = b;
      }
    }
  }

  private static JsonObject parse(String line) throws IOException {
    try {
      return JsonParser.parseString(line).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new IOException("a line is no JSON object", e);
    }
  }
}
