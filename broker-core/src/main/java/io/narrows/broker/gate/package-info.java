/** What keeps links from those that cannot read them: the cluster's feature, the topics with links, requests that would break either. */
@NullMarked
package io.narrows.broker.gate;

import org.jspecify.annotations.NullMarked;
