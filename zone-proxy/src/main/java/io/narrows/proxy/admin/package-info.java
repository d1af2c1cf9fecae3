/** The admin HTTP endpoint: metrics, health, status. */
@NullMarked
package io.narrows.proxy.admin;

import org.jspecify.annotations.NullMarked;
