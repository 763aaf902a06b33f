// Command plumeclient is Plume's client library behind the arguments and the output lines of the interop tests' client
// programs.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/client"
)

// arguments are the "--name value" pairs behind the command.
type arguments map[string]string

func (a arguments) get(name, otherwise string) string {
	if v, ok := a[name]; ok {
		return v
	}
	return otherwise
}

func (a arguments) number(name string, otherwise int) int {
	n, err := strconv.Atoi(a.get(name, strconv.Itoa(otherwise)))
	if err != nil {
		return otherwise
	}
	return n
}

// tracerProvider records every span, to no exporter, if the arguments ask for tracing.
func (a arguments) tracerProvider() trace.TracerProvider {
	if a.get("trace", "no") == "yes" {
		return sdktrace.NewTracerProvider()
	}
	return noop.NewTracerProvider()
}

// options are what every client is made with. As in the Java programs, routes and heartbeats are quicker than usual.
func (a arguments) options() []client.Option {
	options := []client.Option{
		client.WithNameServers(a["namesrv"]),
		client.WithInstanceName(fmt.Sprintf("plume%d", time.Now().UnixNano())),
		client.WithPollNameServerInterval(time.Second),
		client.WithHeartbeatInterval(time.Second),
		client.WithTracerProvider(a.tracerProvider()),
	}
	if a.get("message-trace", "no") == "yes" {
		options = append(options, client.WithMessageTrace())
	}
	return options
}

// line is one answer.
type line map[string]any

var printing sync.Mutex

func (l line) print() {
	text, err := json.Marshal(l)
	if err != nil {
		text = []byte(`{"event":"error"}`)
	}
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(text))
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		line{"event": "error", "error": err.Error()}.print()
		os.Exit(1)
	}
}

func run(ctx context.Context, argv []string) error {
	if len(argv) == 0 {
		return fmt.Errorf("want send or consume")
	}
	args := arguments{}
	for i := 1; i+1 < len(argv); i += 2 {
		args[strings.TrimPrefix(argv[i], "--")] = argv[i+1]
	}
	switch argv[0] {
	case "send":
		return send(ctx, args)
	case "consume":
		return consume(ctx, args)
	}
	return fmt.Errorf("unknown program %s", argv[0])
}
