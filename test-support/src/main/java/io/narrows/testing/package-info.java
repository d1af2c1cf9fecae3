/** What tests of several modules share: waiting with a deadline, leak detection, network faults. */
@NullMarked
package io.narrows.testing;

import org.jspecify.annotations.NullMarked;
