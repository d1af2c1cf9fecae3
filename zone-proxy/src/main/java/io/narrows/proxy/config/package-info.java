/** The proxy's configuration: one properties file, parsed once into immutable records. */
@NullMarked
package io.narrows.proxy.config;

import org.jspecify.annotations.NullMarked;
