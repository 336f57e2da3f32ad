/** What two nodes say to each other about a folder, as decisions apart from the connection. */
@NullMarked
package io.dirsync.engine.session;

import org.jspecify.annotations.NullMarked;
