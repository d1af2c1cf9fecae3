/** An embedded S3 server over plain HTTP that counts requests and injects latency and faults. */
@NullMarked
package io.narrows.s3server;

import org.jspecify.annotations.NullMarked;
