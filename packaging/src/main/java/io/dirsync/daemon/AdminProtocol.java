package io.dirsync.daemon;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One request and one answer a connection, each a line of JSON. */
final class AdminProtocol {
  static final int LINE_BYTES_MAX = 16 << 20;
  static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  private AdminProtocol() {}

  /** A line that is not what it should be; the other side is there and can be told. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1;

    MalformedException(String message) {
      super(message);
    }
  }

  static void write(SocketChannel channel, JsonObject line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(GSON.toJson(line) + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** A line, and what came with it of the bytes that follow it. */
  record Line(JsonObject object, ByteBuffer rest) {}

  /**
   * @throws MalformedException if the line is too long or is no JSON object
   * @throws IOException if the line ends too early
   */
  static JsonObject read(SocketChannel channel, int bytesMax) throws IOException {
    return readLine(channel, bytesMax).object();
  }

  /** As {@link #read}, where bytes may follow the line. */
  static Line readLine(SocketChannel channel, int bytesMax) throws IOException {
    byte[] line = new byte[4096];
    int length = 0;
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    while (true) {
      buffer.clear();
      if (channel.read(buffer) < 0) {
        throw new IOException("the connection ended before a whole line came");
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        byte b = buffer.get();
        if (b == '\n') {
          return new Line(parse(new String(line, 0, length, StandardCharsets.UTF_8)), buffer);
        }
        if (length == bytesMax) {
          throw new MalformedException("a line is longer than " + bytesMax + " bytes");
        }
        if (length == line.length) {
          line = Arrays.copyOf(line, 2 * length);
        }
        line[length++] = b;
      }
    }
  }

  /** A member that is a text; empty if there is none. */
  static Optional<String> text(JsonObject object, String key) throws MalformedException {
    JsonElement value = object.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return Optional.of(primitive.getAsString());
    }
    throw new MalformedException("'" + key + "' is a text");
  }

  /** A member that is a list of texts; empty if there is none. */
  static List<String> texts(JsonObject object, String key) throws MalformedException {
    JsonElement value = object.get(key);
    if (value == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    if (value instanceof JsonArray array) {
      for (JsonElement each : array) {
        if (each instanceof JsonPrimitive primitive && primitive.isString()) {
          texts.add(primitive.getAsString());
        }
      }
      if (texts.size() == array.size()) {
        return texts;
      }
    }
    throw new MalformedException("'" + key + "' is a list of texts");
  }

  /** A member that is true or false; false if there is none. */
  static boolean flag(JsonObject object, String key) throws MalformedException {
    JsonElement value = object.get(key);
    if (value == null) {
      return false;
    }
    if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    throw new MalformedException("'" + key + "' is true or false");
  }

  /** A member that is a whole number, zero or more. */
  static long number(JsonObject object, String key) throws MalformedException {
    if (object.get(key) instanceof JsonPrimitive primitive && primitive.isNumber()) {
      try {
        long number = Long.parseLong(primitive.getAsString());
        if (number >= 0) {
          return number;
        }
      } catch (NumberFormatException e) {
        // As below.
      }
    }
    throw new MalformedException("'" + key + "' is a whole number, zero or more");
  }

  private static JsonObject parse(String line) throws MalformedException {
    try {
      return JsonParser.parseString(line).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new MalformedException("a line is no JSON object");
    }
  }
}
