// Produces through one proxy with franz-go and reads back in a group through another: probe PROXY OTHER TOPIC
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const count = 2000

func produce(ctx context.Context, proxy, topic string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(proxy), kgo.DefaultProduceTopic(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = kgo.StringRecord(fmt.Sprintf("record %d", i))
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}

func consume(ctx context.Context, proxy, topic string) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(proxy),
		kgo.ConsumerGroup("franz-go"),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	seen := make(map[string]int)
	for len(seen) < count {
		fetches := client.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %d of %d: %w", len(seen), count, err)
		}
		if errs := fetches.Errors(); len(errs) > 0 {
			return errs[0].Err
		}
		fetches.EachRecord(func(record *kgo.Record) { seen[string(record.Value)]++ })
	}
	for value, times := range seen {
		if times != 1 {
			return fmt.Errorf("%q came %d times", value, times)
		}
	}
	return client.CommitUncommittedOffsets(ctx)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
	defer cancel()
	err := produce(ctx, os.Args[1], os.Args[3])
	if err == nil {
		err = consume(ctx, os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}
