/** What the admin HTTP endpoint shows: the catalog of metrics and the status. */
@NullMarked
package io.narrows.proxy.admin;

import org.jspecify.annotations.NullMarked;
