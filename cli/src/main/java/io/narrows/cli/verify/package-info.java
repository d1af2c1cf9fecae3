/** What was acknowledged against what was read: loss, duplicates, order, bytes. */
@NullMarked
package io.narrows.cli.verify;

import org.jspecify.annotations.NullMarked;
