/** Several proxies of one zone as one gateway: membership, who owns which partition, and how partitions move. */
@NullMarked
package io.narrows.proxy.gateway;

import org.jspecify.annotations.NullMarked;
