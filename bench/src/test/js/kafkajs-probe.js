// Produces through a proxy with kafkajs and reads back from brokers: node kafkajs-probe.js PROXY BROKERS TOPIC
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const [proxy, brokers, topic] = process.argv.slice(2);
const count = 1000;
const value = (i) => `message ${i} ${'y'.repeat(500)}`;

async function produce() {
  const kafka = new Kafka({ clientId: 'probe', brokers: [proxy], logLevel: logLevel.ERROR });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let from = 0; from < count; from += 100) {
    const messages = [];
    for (let i = from; i < from + 100; i++) messages.push({ value: value(i), partition: 0 });
    const compression = from % 200 === 0 ? CompressionTypes.GZIP : CompressionTypes.None;
    const answers = await producer.send({ topic, acks: -1, compression, messages });
    if (answers.length !== 1) throw new Error(`no answer about the partition: ${JSON.stringify(answers)}`);
  }
  await producer.disconnect();
}

async function consume() {
  const kafka = new Kafka({ clientId: 'probe', brokers: brokers.split(','), logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: 'probe', rackId: 'c' });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let next = 0;
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`read ${next} of ${count}`)), 40000).unref();
    consumer.run({
      eachMessage: async ({ message }) => {
        if (message.value.toString() !== value(next)) reject(new Error(`message ${next} differs`));
        next += 1;
        if (next === count) resolve();
      },
    });
  });
  await consumer.disconnect();
}

produce()
  .then(consume)
  .then(() => console.log('ok'))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
