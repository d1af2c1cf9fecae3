/** Consumers' fetches: which replica is asked, how answers of several brokers become one. */
@NullMarked
package io.narrows.router.fetch;

import org.jspecify.annotations.NullMarked;
