package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// nameServerTimeout bounds the question whether anybody is there.
const nameServerTimeout = 3 * time.Second

// clientFlags are the flags of every command that is a RocketMQ client.
type clientFlags struct {
	nameServers  string
	namespace    string
	accessKey    string
	secretKey    string
	messageTrace bool
	busyPoll     bool
	telemetry    telemetryFlags
}

// register adds the flags to a command.
func (f *clientFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.nameServers, "namesrv", "n", cmp.Or(os.Getenv("NAMESRV_ADDR"), "127.0.0.1:9876"), "name servers, host:port;host:port (environment: NAMESRV_ADDR)")
	flags.StringVar(&f.namespace, "namespace", "", "namespace of topics and groups")
	flags.StringVar(&f.accessKey, "access-key", "", "access key, for servers that check")
	flags.StringVar(&f.secretKey, "secret-key", os.Getenv("PLUME_SECRET_KEY"), "secret key (better: environment PLUME_SECRET_KEY)")
	flags.Lookup("secret-key").DefValue = "" // never shown
	flags.BoolVar(&f.telemetry.messageKeys, "trace-keys", false, "put messages' keys into spans")
	registerBusyPoll(cmd, &f.busyPoll)
	f.telemetry.register(cmd, "error")
}

// registerBusyPoll adds the flag of every command that has connections of RocketMQ's.
func registerBusyPoll(cmd *cobra.Command, on *bool) {
	cmd.Flags().BoolVar(on, "busy-poll", true, "connections look for some 100 µs before they sleep: with few messages in flight, faster for more processor time")
}

// registerMessageTrace adds the flag of commands that can leave a message trace.
func (f *clientFlags) registerMessageTrace(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.messageTrace, "message-trace", false, "record it in RocketMQ's own message trace, for plume trace and mqadmin queryMsgTraceById")
}

// options are what the flags and the environment say, for producers and consumers alike.
func (f *clientFlags) options(env *environment) []client.Option {
	opts := []client.Option{
		client.WithNameServers(splitAddrs(f.nameServers)...),
		client.WithTracerProvider(env.telemetry.TracerProvider()),
		client.WithDetailControl(env.control),
		client.WithTraceContext(telemetry.Propagates()),
		client.WithSpanEvents(env.spanEvents),
		client.WithMessageKeys(f.telemetry.messageKeys),
		client.WithBusyPolling(f.busyPoll),
		client.WithLogger(env.log),
	}
	if env.registerer != nil {
		opts = append(opts, client.WithRegisterer(env.registerer))
	}
	if f.messageTrace {
		opts = append(opts, client.WithMessageTrace())
	}
	if f.namespace != "" {
		opts = append(opts, client.WithNamespace(f.namespace))
	}
	if f.accessKey != "" {
		opts = append(opts, client.WithCredentials(client.Credentials{AccessKey: f.accessKey, SecretKey: f.secretKey}))
	}
	return opts
}

// splitAddrs cuts a list of addresses at semicolons or commas.
func splitAddrs(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ',' || r == ' ' })
}

// topicExists asks the name servers in turn for a topic. The error says that none of them answered.
func (f *clientFlags) topicExists(ctx context.Context, topic string) (bool, error) {
	if f.namespace != "" {
		topic = f.namespace + "%" + topic
	}
	var err error = usageError{errors.New("-n: no name server given")}
	for _, addr := range splitAddrs(f.nameServers) {
		_, err = ask(ctx, addr, protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: topic}), nameServerTimeout)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, protocol.TopicNotExist):
			return false, nil
		}
	}
	return false, fmt.Errorf("no name server answers: %w", err)
}
