/** The admin HTTP endpoint of proxies and brokers: metrics, health, status. */
@NullMarked
package io.narrows.relay.admin;

import org.jspecify.annotations.NullMarked;
