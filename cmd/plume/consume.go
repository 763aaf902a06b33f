package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/message"
)

const consumeLong = `Consume a topic as a member of a group and print each message, until Ctrl-C or --count messages.

--from matters only to a group that has not consumed the topic yet; another one goes on where it stopped. With
--broadcast every member gets every message, and offsets are kept on this machine.`

const consumeExample = `  plume consume TopicTest --group tail
  plume consume TopicTest --group audit --from first --count 10
  plume consume TopicTest --group paid --tags 'paid || refunded' --format json
  plume consume TopicTest --group replay --from 2026-11-20T08:00:00Z`

type consumeFlags struct {
	clientFlags
	group       string
	tags        string
	from        string
	broadcast   bool
	count       int
	format      string
	concurrency int
}

func newConsumeCommand() *cobra.Command {
	var f consumeFlags
	cmd := &cobra.Command{
		Use: "consume TOPIC", Short: "Print a topic's messages", Long: consumeLong, Example: consumeExample, GroupID: groupClients, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.group, "group", "g", "plume_cli_consumer", "consumer group")
	flags.StringVarP(&f.tags, "tags", "t", "*", "tags to consume: *, or a || b")
	flags.StringVar(&f.from, "from", "last", "where a new group begins: first, last or a time (RFC 3339)")
	flags.BoolVar(&f.broadcast, "broadcast", false, "get every message, whoever else consumes")
	flags.IntVar(&f.count, "count", 0, "stop after so many messages; 0 is never")
	flags.StringVar(&f.format, "format", "text", "text, json (one object a line) or body")
	flags.IntVar(&f.concurrency, "concurrency", 1, "messages handled at the same time")
	_ = cmd.RegisterFlagCompletionFunc("from", cobra.FixedCompletions([]string{"first", "last"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json", "body"}, cobra.ShellCompDirectiveNoFileComp))
	f.registerMessageTrace(cmd)
	f.clientFlags.register(cmd)
	return cmd
}

func (f *consumeFlags) run(cmd *cobra.Command, topic string) error {
	defer paceGC(serviceGC)()
	opts, err := f.consumerOptions()
	if err != nil {
		return err
	}
	show, err := messagePrinter(f.format)
	if err != nil {
		return err
	}
	exists, err := f.topicExists(cmd.Context(), topic)
	if err != nil {
		return err
	}
	if !exists {
		fmt.Fprintf(cmd.ErrOrStderr(), "plume: topic %s does not exist yet: waiting for it\n", topic)
	}
	env, err := f.telemetry.setup(cmd.Context(), "plume-consume", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer env.close()
	for _, o := range f.options(env) {
		opts = append(opts, o)
	}
	ctx, enough := context.WithCancel(cmd.Context())
	defer enough()
	out := &output{w: cmd.OutOrStdout(), show: show, left: f.count, enough: enough}
	c, err := consumer.New(f.group, out.handle, opts...)
	if err != nil {
		return usageError{err}
	}
	if err := c.Subscribe(topic, f.tags); err != nil {
		return usageError{err}
	}
	if err := c.Start(ctx); err != nil {
		return fmt.Errorf("start consumer (name servers %s): %w", f.nameServers, err)
	}
	<-ctx.Done()
	stopCtx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return c.Shutdown(stopCtx)
}

func (f *consumeFlags) consumerOptions() ([]consumer.Option, error) {
	opts := []consumer.Option{consumer.WithConcurrency(f.concurrency)}
	switch f.from {
	case "first":
		opts = append(opts, consumer.ConsumeFromFirst())
	case "last":
		opts = append(opts, consumer.ConsumeFromLast())
	default:
		t, err := time.Parse(time.RFC3339, f.from)
		if err != nil {
			return nil, usageError{fmt.Errorf("--from %s: want first, last or a time such as 2026-11-20T08:00:00Z", f.from)}
		}
		opts = append(opts, consumer.ConsumeFromTime(t))
	}
	if f.broadcast {
		opts = append(opts, consumer.WithBroadcasting())
	}
	return opts, nil
}

// errEnough leaves a message that --count does not cover to the group.
var errEnough = errors.New("enough messages consumed")

// output prints messages one at a time and counts down.
type output struct {
	mu     sync.Mutex
	w      io.Writer
	show   func(io.Writer, *message.MessageExt) error
	left   int    // 0 is no limit; -1 is none left
	enough func() // called when the last one is printed
}

// handle is the consumer's handler.
func (o *output) handle(_ context.Context, msgs []*message.MessageExt) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, msg := range msgs {
		if o.left < 0 {
			return consumer.RetryFrom(i, errEnough)
		}
		if err := o.show(o.w, msg); err != nil {
			return consumer.RetryFrom(i, err)
		}
		if o.left == 1 {
			o.left = -1
			o.enough()
		} else if o.left > 0 {
			o.left--
		}
	}
	return nil
}

// messagePrinter is the way to print a message in a format.
func messagePrinter(format string) (func(io.Writer, *message.MessageExt) error, error) {
	switch format {
	case "text":
		return printText, nil
	case "json":
		return printJSON, nil
	case "body":
		return func(w io.Writer, m *message.MessageExt) error { _, err := fmt.Fprintf(w, "%s\n", m.Body); return err }, nil
	}
	return nil, usageError{fmt.Errorf("--format %s: want text, json or body", format)}
}

func printText(w io.Writer, m *message.MessageExt) error {
	var facts []string
	if tags := m.Tags(); tags != "" {
		facts = append(facts, "tags="+tags)
	}
	if keys := m.Keys(); len(keys) > 0 {
		facts = append(facts, "keys="+strings.Join(keys, ","))
	}
	if m.ReconsumeTimes > 0 {
		facts = append(facts, fmt.Sprintf("attempt=%d", m.ReconsumeTimes+1))
	}
	_, err := fmt.Fprintf(w, "%s %d@%d  %s  %s  %q\n", m.BrokerName, m.QueueID, m.QueueOffset,
		time.UnixMilli(m.BornTimestamp).Format("15:04:05.000"), strings.Join(facts, " "), m.Body)
	return err
}

// printedMessage is one line of --format json.
type printedMessage struct {
	Topic      string            `json:"topic"`
	Broker     string            `json:"broker"`
	Queue      int32             `json:"queue"`
	Offset     int64             `json:"offset"`
	ID         string            `json:"id"`
	Born       time.Time         `json:"born"`
	Stored     time.Time         `json:"stored"`
	Attempt    int32             `json:"attempt"`
	Properties map[string]string `json:"properties,omitempty"`
	Body       string            `json:"body"`
}

func printJSON(w io.Writer, m *message.MessageExt) error {
	properties := make(map[string]string, len(m.Properties))
	for _, p := range m.Properties {
		properties[p.Name] = p.Value
	}
	return json.NewEncoder(w).Encode(printedMessage{
		Topic: m.Topic, Broker: m.BrokerName, Queue: m.QueueID, Offset: m.QueueOffset, ID: m.MsgID,
		Born: time.UnixMilli(m.BornTimestamp), Stored: time.UnixMilli(m.StoreTimestamp), Attempt: m.ReconsumeTimes + 1,
		Properties: properties, Body: string(m.Body),
	})
}
