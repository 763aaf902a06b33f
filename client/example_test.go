package client_test

import (
	"context"
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

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

// Every send is a trace of the steps it takes; here of those that OpenTelemetry's conventions name, until the control says otherwise.
func ExampleWithTracerProvider() {
	provider := sdktrace.NewTracerProvider() // with an exporter, such as otlptracegrpc's, in a program
	defer func() { _ = provider.Shutdown(context.Background()) }()
	detail := client.NewDetailControl(client.DetailSemconv)
	p, err := producer.New("orders", client.WithNameServers("127.0.0.1:9876"),
		client.WithTracerProvider(provider), client.WithDetailControl(detail))
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Start(context.Background()); err != nil {
		log.Fatal(err)
	}
	defer func() { _ = p.Shutdown(context.Background()) }()
	detail.SetDetail(client.DetailSteps) // from the next send on
}

// Metrics, with exemplars that point to traces, on a registry of the program's own.
func ExampleWithRegisterer() {
	registry := prometheus.NewRegistry()
	_, err := producer.New("orders", client.WithNameServers("127.0.0.1:9876"), client.WithRegisterer(registry))
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
}

func ExampleWithCredentials() {
	_, err := producer.New("orders",
		client.WithNameServers("10.0.0.1:9876", "10.0.0.2:9876"),
		client.WithCredentials(client.Credentials{AccessKey: "me", SecretKey: "secret"}))
	if err != nil {
		log.Fatal(err)
	}
}
