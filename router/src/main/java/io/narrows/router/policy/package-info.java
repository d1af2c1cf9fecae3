/** Price book, rate estimate, S3 health and the choice of a path for each flush window. */
@NullMarked
package io.narrows.router.policy;

import org.jspecify.annotations.NullMarked;
