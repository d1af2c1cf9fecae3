/** The narrows.* settings of a broker. */
@NullMarked
package io.narrows.broker.config;

import org.jspecify.annotations.NullMarked;
