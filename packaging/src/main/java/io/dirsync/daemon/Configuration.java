package io.dirsync.daemon;

import io.dirsync.engine.NodeSettings;
import java.nio.file.Path;

/**
 * A configuration file as read.
 *
 * @param bandwidth how much may go out and come in, and when
 * @param admin the unix socket that commands reach the daemon by
 */
public record Configuration(Path file, NodeSettings node, BandwidthPlan bandwidth, Path admin) {}
