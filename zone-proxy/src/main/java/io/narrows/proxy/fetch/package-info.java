/** Consumers' fetches: which replica is asked, how answers of several brokers become one. */
@NullMarked
package io.narrows.proxy.fetch;

import org.jspecify.annotations.NullMarked;
