/**
 * Tests the tests: plants bugs in copies of the product's classes, one at a time, and demands that
 * the layer of tests that is there for it fails.
 */
@NullMarked
package io.dirsync.it.planted;

import org.jspecify.annotations.NullMarked;
