package io.narrows.cli.cost.source;

import io.narrows.cli.cost.Measurement;
import io.narrows.relay.SuppressForbidden;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads the metrics endpoints of running proxies and brokers, once for everything since their start, or twice. Used by
 * one thread, which blocks.
 */
public final class LiveSource {
    private final List<String> proxies;
    private final List<String> brokers;
    private final int replicationFactor;
    private final AdminReader reader;

    /**
     * @param proxies metrics endpoints as {@code host:port} or {@code https://host:port}
     * @param brokers likewise
     * @param replicationFactor of the topics: metrics do not tell
     */
    public LiveSource(List<String> proxies, List<String> brokers, int replicationFactor, AdminReader reader) {
        if (proxies.isEmpty() && brokers.isEmpty()) {
            throw new IllegalArgumentException("name at least one metrics endpoint with --proxies or --brokers");
        }
        this.proxies = List.copyOf(proxies);
        this.brokers = List.copyOf(brokers);
        this.replicationFactor = replicationFactor;
        this.reader = reader;
    }

    /** Everything since the processes started when {@code interval} is zero. */
    @SuppressForbidden("a command's main thread waits between two samples and measures what time that took")
    public Measurement measure(Duration interval) throws IOException, InterruptedException {
        List<Scrape> first = scrape();
        if (interval.isZero()) {
            return measurement(first, 0, "since the processes started");
        }
        long start = System.nanoTime();
        Thread.sleep(interval.toMillis());
        List<Scrape> second = scrape();
        double seconds = (System.nanoTime() - start) / 1e9;
        List<Scrape> counted = new ArrayList<>();
        for (int i = 0; i < second.size(); i++) {
            counted.add(second.get(i).since(first.get(i)));
        }
        return measurement(counted, seconds, "over " + interval.toSeconds() + " s");
    }

    private Measurement measurement(List<Scrape> scrapes, double seconds, String when) {
        String source = String.format(
                Locale.ROOT, "live Narrows, %d proxies and %d brokers, %s", proxies.size(), brokers.size(), when);
        return new LiveMeasurement(
                        scrapes.subList(0, proxies.size()),
                        scrapes.subList(proxies.size(), scrapes.size()),
                        replicationFactor)
                .of(source, seconds);
    }

    private List<Scrape> scrape() throws IOException, InterruptedException {
        List<Scrape> scrapes = new ArrayList<>();
        for (String address : proxies) {
            scrapes.add(scrape(address));
        }
        for (String address : brokers) {
            scrapes.add(scrape(address));
        }
        return scrapes;
    }

    private Scrape scrape(String address) throws IOException, InterruptedException {
        return new Scrape(address, MetricsText.parse(reader.metrics(address)));
    }
}
