/** What the proxy knows of the cluster: brokers with zones and relay endpoints, topics, leaders. */
@NullMarked
package io.narrows.router.topology;

import org.jspecify.annotations.NullMarked;
