/** What every part of Narrows shares about S3, pointers and the relay. */
@NullMarked
package io.narrows.relay;

import org.jspecify.annotations.NullMarked;
