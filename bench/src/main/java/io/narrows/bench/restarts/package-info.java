/** Restarts, lost disks and moves of replicas under load: what is lost, and how long each partition takes no records. */
@NullMarked
package io.narrows.bench.restarts;

import org.jspecify.annotations.NullMarked;
