package io.narrows.bench.passthrough;

import org.HdrHistogram.Histogram;

/**
 * What one round of one way has shown.
 *
 * @param readMegabytesPerSecond of one consumer that reads again and again
 * @param readCpuMillisPerMegabyte of the proxy meanwhile
 * @param produceMicros of records sent one by one with acks=all
 * @param fetchMicros of fetches of one record each
 */
record Sample(
        double readMegabytesPerSecond,
        double readCpuMillisPerMegabyte,
        Histogram produceMicros,
        Histogram fetchMicros) {}
