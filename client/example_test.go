package client_test

import (
	"context"
	"log"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
)

// Two producers that share one set of connections.
func ExampleWithShared() {
	shared := client.NewShared()
	for _, group := range []string{"orders", "payments"} {
		p, err := producer.New(group,
			client.WithNameServers("127.0.0.1:9876"), client.WithShared(shared), client.WithInstanceName("shop"))
		if err != nil {
			log.Fatal(err)
		}
		if err := p.Start(context.Background()); err != nil {
			log.Fatal(err)
		}
		defer func() { _ = p.Shutdown(context.Background()) }()
	}
}

func ExampleWithCredentials() {
	_, err := producer.New("orders",
		client.WithNameServers("10.0.0.1:9876", "10.0.0.2:9876"),
		client.WithCredentials(client.Credentials{AccessKey: "me", SecretKey: "secret"}))
	if err != nil {
		log.Fatal(err)
	}
}
