package consumer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/message"
)

// Consume a topic until Ctrl-C.
func Example() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	c, err := consumer.New("billing", func(_ context.Context, msgs []*message.MessageExt) error {
		for _, m := range msgs {
			fmt.Println(m.MsgID, string(m.Body))
		}
		return nil // acknowledged; an error would bring them again later
	}, client.WithNameServers("127.0.0.1:9876"))
	if err != nil {
		log.Fatal(err)
	}
	if err := c.Subscribe("Orders", "paid || refunded"); err != nil {
		log.Fatal(err)
	}
	if err := c.Start(ctx); err != nil {
		log.Fatal(err)
	}
	<-ctx.Done()
	if err := c.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}

// Messages come in batches of up to 16; when one fails, those before it are acknowledged, and it and those behind it come again.
func ExampleRetryFrom() {
	type order struct{ ID string }
	store := func(context.Context, order) error { return nil }

	_, err := consumer.New("billing", func(ctx context.Context, msgs []*message.MessageExt) error {
		for i, m := range msgs {
			var o order
			err := json.Unmarshal(m.Body, &o)
			if err == nil {
				err = store(ctx, o)
			}
			if err != nil {
				return consumer.RetryFrom(i, err)
			}
		}
		return nil
	}, consumer.WithBatchMaxSize(16))
	if err != nil {
		log.Fatal(err)
	}
}

// Every member gets every message, from the oldest on at its first start, and from where it was at later ones.
func ExampleWithBroadcasting() {
	_, err := consumer.New("cache", func(_ context.Context, msgs []*message.MessageExt) error {
		fmt.Println("forget", msgs[0].Keys())
		return nil
	},
		client.WithNameServers("127.0.0.1:9876"),
		client.WithInstanceName("shop-1"), // its offsets are filed under this name
		consumer.WithBroadcasting(),
		consumer.ConsumeFromFirst(),
		consumer.WithOffsetStoreDir("/var/lib/shop"))
	if err != nil {
		log.Fatal(err)
	}
}
