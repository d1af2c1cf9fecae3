/** Going on without data that is lost: which links an operator has given up, and what of a log cannot be read. */
@NullMarked
package io.narrows.broker.repair;

import org.jspecify.annotations.NullMarked;
