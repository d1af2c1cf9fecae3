"""Writes in transactions at one proxy and reads, in a group, at another, with librdkafka's Python binding.

confluent_kafka_probe.py WRITE_AT READ_AT TOPIC
"""

import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition, libversion
from confluent_kafka.admin import AdminClient, NewTopic

COUNT = 900
IN_A_TRANSACTION = 300
LIMIT_SECONDS = 40

write_at, read_at, topic = sys.argv[1:]
copied_to = topic + "-copied"


def value(number):
    return b"message %d %s" % (number, b"y" * 500)


def producer(transactional_id):
    made = Producer(
        {
            "bootstrap.servers": write_at,
            "transactional.id": transactional_id,
            "compression.type": "zstd",
            "linger.ms": 5,
        }
    )
    made.init_transactions(LIMIT_SECONDS)
    return made


def consumer(group, topics):
    made = Consumer(
        {
            "bootstrap.servers": read_at,
            "group.id": group,
            "client.rack": "b",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    made.subscribe(topics)
    return made


def read(reader, count):
    messages = []
    end = time.monotonic() + LIMIT_SECONDS
    while len(messages) < count:
        if time.monotonic() > end:
            raise SystemExit(f"read {len(messages)} of {count}")
        message = reader.poll(0.2)
        if message is not None:
            if message.error():
                raise SystemExit(message.error())
            messages.append(message)
    return messages


def check(messages, partitions):
    """Every message once, and those of a partition in the order in which they were sent."""
    numbers = {}
    for message in messages:
        number = int(message.value().split(b" ")[1])
        if message.value() != value(number):
            raise SystemExit(f"message {number} differs")
        numbers.setdefault(message.partition(), []).append(number)
    for partition in range(partitions):
        if numbers.get(partition) != list(range(partition, COUNT, partitions)):
            raise SystemExit(f"partition {partition} has {numbers.get(partition)}")


def create_copy(partitions):
    admin = AdminClient({"bootstrap.servers": write_at})
    for created in admin.create_topics([NewTopic(copied_to, num_partitions=partitions)]).values():
        created.result(LIMIT_SECONDS)


def write(partitions):
    writer = producer(topic + "-writer")
    for begin in range(0, COUNT, IN_A_TRANSACTION):
        writer.begin_transaction()
        writer.produce(topic, b"aborted", partition=0)
        writer.flush(LIMIT_SECONDS)
        writer.abort_transaction(LIMIT_SECONDS)
        writer.begin_transaction()
        for number in range(begin, begin + IN_A_TRANSACTION):
            writer.produce(topic, value(number), partition=number % partitions)
            writer.poll(0)
        writer.commit_transaction(LIMIT_SECONDS)


def copy():
    """Reads, writes and commits the offsets in one transaction; its group has read everything then."""
    group = topic + "-copier"
    reader = consumer(group, [topic])
    writer = producer(topic + "-copier")
    messages = read(reader, COUNT)
    writer.begin_transaction()
    for message in messages:
        writer.produce(copied_to, message.value(), partition=message.partition())
        writer.poll(0)
    position = reader.position(reader.assignment())
    writer.send_offsets_to_transaction(position, reader.consumer_group_metadata(), LIMIT_SECONDS)
    writer.commit_transaction(LIMIT_SECONDS)
    committed = reader.committed([TopicPartition(topic, at.partition) for at in position], LIMIT_SECONDS)
    reader.close()
    if sorted(at.offset for at in committed) != sorted(at.offset for at in position):
        raise SystemExit(f"committed {committed} instead of {position}")
    return messages


def main():
    partitions = len(AdminClient({"bootstrap.servers": write_at}).list_topics(topic, LIMIT_SECONDS).topics[topic].partitions)
    create_copy(partitions)
    write(partitions)
    check(copy(), partitions)
    reader = consumer(topic + "-reader", [copied_to])
    check(read(reader, COUNT), partitions)
    reader.close()
    print(f"librdkafka {libversion()[0]}: ok")


main()
