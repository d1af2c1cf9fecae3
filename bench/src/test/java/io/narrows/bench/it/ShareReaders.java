package io.narrows.bench.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Members of a share group that accept each record the second time they get it, or the first. Used by one thread. */
final class ShareReaders implements AutoCloseable {
    private final List<KafkaShareConsumer<String, String>> members = new ArrayList<>();

    /** A member per bootstrap address, from the start of the topic. */
    ShareReaders(String group, String topic, String acquireMode, String... bootstraps) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstraps[0]))) {
            ConfigResource config = new ConfigResource(ConfigResource.Type.GROUP, group);
            admin.incrementalAlterConfigs(Map.of(
                            config,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        for (String bootstrap : bootstraps) {
            KafkaShareConsumer<String, String> member = new KafkaShareConsumer<>(
                    Map.of(
                            "bootstrap.servers",
                            bootstrap,
                            "group.id",
                            group,
                            "share.acknowledgement.mode",
                            "explicit",
                            "share.acquire.mode",
                            acquireMode,
                            "max.poll.records",
                            50),
                    new StringDeserializer(),
                    new StringDeserializer());
            member.subscribe(List.of(topic));
            members.add(member);
        }
    }

    /** How often each value was accepted; every third is released the first time it comes. */
    Map<String, Integer> read(int count, Duration atMost) {
        Map<String, Integer> accepted = new HashMap<>();
        Map<String, Integer> released = new HashMap<>();
        long end = System.nanoTime() + atMost.toNanos();
        while (accepted.size() < count && System.nanoTime() - end < 0) {
            for (KafkaShareConsumer<String, String> member : members) {
                for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(100))) {
                    boolean release =
                            record.value().hashCode() % 3 == 0 && released.putIfAbsent(record.value(), 1) == null;
                    member.acknowledge(record, release ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT);
                    if (!release) {
                        accepted.merge(record.value(), 1, Integer::sum);
                    }
                }
                var results = member.commitSync(Duration.ofSeconds(10));
                results.forEach((partition, failure) -> failure.ifPresent(error -> {
                    throw new IllegalStateException("an acknowledgement of " + partition + " failed", error);
                }));
            }
        }
        return accepted;
    }

    @Override
    public void close() {
        members.forEach(KafkaShareConsumer::close);
    }
}
