package io.dirsync.it.planted;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Map;

/**
 * The product and its tests anew, some classes of them patched. All of ours is loaded here, so that
 * patched and unpatched classes meet only each other; what we use of others is shared.
 */
final class PatchedClasses extends URLClassLoader {
  private static final String OURS = "io.dirsync.";
  private static final String SHARED = Layer.class.getPackageName() + ".";

  static {
    registerAsParallelCapable();
  }

  private final Map<String, byte[]> patched;

  /**
   * @param tests where the other modules' compiled tests are, which this module does not see
   */
  PatchedClasses(Map<String, byte[]> patched, List<URL> tests) {
    super(tests.toArray(URL[]::new), PatchedClasses.class.getClassLoader());
    this.patched = Map.copyOf(patched);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS) || name.startsWith(SHARED)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded == null) {
        byte[] bytes = bytes(name);
        loaded = defineClass(name, bytes, 0, bytes.length);
      }
      if (resolve) {
        resolveClass(loaded);
      }
      return loaded;
    }
  }

  private byte[] bytes(String name) throws ClassNotFoundException {
    byte[] bytes = patched.get(name);
    if (bytes != null) {
      return bytes;
    }
    try (InputStream found = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (found == null) {
        throw new ClassNotFoundException(name);
      }
      return found.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
