package io.dirsync.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

/** JSON as scripts and people read it. */
final class Json {
  private Json() {}

  static String pretty(JsonObject object) {
    return new GsonBuilder()
        .setPrettyPrinting()
        .disableHtmlEscaping()
        .serializeNulls()
        .create()
        .toJson(object);
  }
}
