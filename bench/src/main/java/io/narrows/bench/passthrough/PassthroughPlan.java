package io.narrows.bench.passthrough;

/**
 * What is measured.
 *
 * @param megabytes read per round and way
 * @param recordBytes size of a record
 * @param requests timed one by one, per round and way
 * @param rounds in each of which both ways have their turn
 */
public record PassthroughPlan(int megabytes, int recordBytes, int requests, int rounds) {}
