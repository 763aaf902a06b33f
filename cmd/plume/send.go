package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
)

const sendLong = `Send messages to a topic and print where each was stored.

The body is -b, or a file by -f, or standard input by -f -. In -b, {n} stands for the message's number, from 1.

With --forever it sends at a steady --rate until Ctrl-C: a failure is counted and does not end it, and a line every ten
seconds says how it goes. --mode mix sends one message in each mode in turn.`

const sendExample = `  plume send TopicTest -b 'hello'
  plume send TopicTest -b 'order {n}' --count 10 -t created -k 'order-1 customer-7'
  plume send TopicTest -f message.json --mode async -p region=eu
  plume send TopicTest -b 'later' --delay-level 3
  plume send TopicTest -b 'tick {n}' --forever --rate 5 --mode mix`

type sendFlags struct {
	clientFlags
	body, file string
	tags       string
	keys       []string
	properties map[string]string
	delayLevel int
	group      string
	mode       string
	count      int
	interval   time.Duration
	rate       float64
	forever    bool
	queues     int
	timeout    time.Duration
}

func newSendCommand() *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use: "send TOPIC", Short: "Send messages", Long: sendLong, Example: sendExample, GroupID: groupClients, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.body, "body", "b", "", "body of the message")
	flags.StringVarP(&f.file, "file", "f", "", "file that holds the body; - is standard input")
	flags.StringVarP(&f.tags, "tags", "t", "", "tag, by which consumers filter")
	flags.StringSliceVarP(&f.keys, "keys", "k", nil, "keys, by which the message can be found; separate them by spaces or commas")
	flags.StringToStringVarP(&f.properties, "property", "p", nil, "user property, name=value; repeatable")
	flags.IntVar(&f.delayLevel, "delay-level", 0, "deliver later: 1 is 1s, 2 5s, 3 10s, 4 30s, 5 1m ... 18 2h")
	flags.StringVarP(&f.group, "group", "g", "plume_cli_producer", "producer group")
	flags.StringVar(&f.mode, "mode", "sync", "sync, async, oneway, or mix: each in turn")
	flags.IntVar(&f.count, "count", 1, "number of messages")
	flags.DurationVar(&f.interval, "interval", 0, "pause between messages")
	flags.Float64Var(&f.rate, "rate", 0, "messages per second, instead of --interval")
	flags.BoolVar(&f.forever, "forever", false, "send until Ctrl-C, whatever fails")
	flags.IntVar(&f.queues, "create-queues", 0, "first create the topic on every broker, with so many queues on each; 0 leaves that to the first message")
	flags.DurationVar(&f.timeout, "timeout", 3*time.Second, "longest wait for one message, retries included")
	_ = cmd.RegisterFlagCompletionFunc("mode", cobra.FixedCompletions(append(sendModes[:], modeMix), cobra.ShellCompDirectiveNoFileComp))
	f.registerMessageTrace(cmd)
	f.clientFlags.register(cmd)
	return cmd
}

func (f *sendFlags) run(cmd *cobra.Command, topic string) (err error) {
	if f.mode != modeMix {
		if err := checkMode(f.mode); err != nil {
			return err
		}
	}
	if err := f.checkRate(cmd); err != nil {
		return err
	}
	if cmd.Flags().Changed("body") == cmd.Flags().Changed("file") {
		return usageError{errors.New("want a body: either -b or -f")}
	}
	if err := f.readBody(cmd.InOrStdin()); err != nil {
		return err
	}
	env, err := f.telemetry.setup(cmd.Context(), "plume-send", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer env.close()
	if f.queues > 0 {
		if err := f.createTopic(cmd.Context(), topic, f.queues); err != nil {
			return err
		}
	}
	p, err := f.startProducer(cmd.Context(), env, f.group, producer.WithSendTimeout(f.timeout))
	if err != nil {
		return err
	}
	defer stopProducer(p, &err)
	if f.forever {
		return f.sendForever(cmd, p, topic)
	}
	return f.sendAll(cmd, p, topic)
}

// maxQueues is as many as --create-queues makes on a broker.
const maxQueues = 128

// checkRate turns --rate into an interval.
func (f *sendFlags) checkRate(cmd *cobra.Command) error {
	switch changed := cmd.Flags().Changed; {
	case f.queues < 0 || f.queues > maxQueues:
		return usageError{fmt.Errorf("--create-queues %d: want up to %d", f.queues, maxQueues)}
	case changed("rate") && changed("interval"):
		return usageError{errors.New("want either --rate or --interval")}
	case changed("count") && f.forever:
		return usageError{errors.New("want either --count or --forever")}
	case f.rate < 0 || f.rate > maxRate:
		return usageError{fmt.Errorf("--rate %g: want up to %d messages per second; plume bench sends faster", f.rate, maxRate)}
	case f.rate > 0:
		f.interval = time.Duration(float64(time.Second) / f.rate)
	case f.forever && f.interval <= 0:
		f.interval = time.Second
	}
	return nil
}

// readBody puts the file's contents in the place of -b.
func (f *sendFlags) readBody(stdin io.Reader) error {
	if f.file == "" {
		return nil
	}
	read := func() ([]byte, error) { return os.ReadFile(f.file) }
	if f.file == "-" {
		read = func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	data, err := read()
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	f.body = string(data)
	return nil
}

// sendAll sends one after the other and prints each result. The first failure ends it.
func (f *sendFlags) sendAll(cmd *cobra.Command, p *producer.Producer, topic string) error {
	ctx := cmd.Context()
	for n := 1; n <= f.count; n++ {
		if n > 1 && !pause(ctx, f.interval) {
			return ctx.Err()
		}
		began := time.Now()
		res, err := await(ctx, f.senderFor(n), p, f.message(topic, n))
		if err != nil {
			return fmt.Errorf("message %d of %d: %w", n, f.count, err)
		}
		f.print(cmd.OutOrStdout(), res, time.Since(began))
	}
	return nil
}

func (f *sendFlags) message(topic string, n int) *message.Message {
	body := f.body
	if f.file == "" {
		body = strings.ReplaceAll(body, "{n}", strconv.Itoa(n))
	}
	msg := message.New(topic, []byte(body))
	for name, value := range f.properties {
		msg.SetProperty(name, value)
	}
	if f.tags != "" {
		msg.SetTags(f.tags)
	}
	if keys := strings.Fields(strings.Join(f.keys, " ")); len(keys) > 0 {
		msg.SetKeys(keys...)
	}
	if f.delayLevel > 0 {
		msg.SetDelayTimeLevel(f.delayLevel)
	}
	return msg
}

func (f *sendFlags) print(w io.Writer, res *producer.SendResult, took time.Duration) {
	if res == nil {
		fmt.Fprintf(w, "sent one-way  %v\n", took.Round(time.Microsecond))
		return
	}
	fmt.Fprintf(w, "%v  %s  queue %d  offset %d  id %s  %v\n", res.Status, res.MessageQueue.BrokerName, res.MessageQueue.QueueID,
		res.QueueOffset, res.MsgID, took.Round(time.Microsecond))
}

// pause waits for d; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
