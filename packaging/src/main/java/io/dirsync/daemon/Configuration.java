package io.dirsync.daemon;

import io.dirsync.engine.NodeSettings;
import java.nio.file.Path;

/**
 * A configuration file as read.
 *
 * @param admin the unix socket that commands reach the daemon by
 */
public record Configuration(Path file, NodeSettings node, Path admin) {}
