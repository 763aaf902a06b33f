package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/admin"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/message"
)

const traceLong = `Print what Apache's own message trace says of a message: who sent it, where it is stored, who consumed it and how that went.

Records are there for clients that write them (plume send --message-trace, plume consume --message-trace, Java clients with
enableMsgTrace) a few seconds after the fact. MSGID is the id that the producer gave the message.`

const traceExample = `  plume send TopicTest -b hello --message-trace
  plume trace 7F00000100002A9F0000000000000001
  plume trace 7F00000100002A9F0000000000000001 --format json`

type traceFlags struct {
	clientFlags
	topic  string
	format string
	most   int
}

func newTraceCommand() *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use: "trace MSGID", Short: "Print a message's trace", Long: traceLong, Example: traceExample, GroupID: groupClients, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.topic, "trace-topic", message.TopicTrace, "topic of the trace")
	flags.StringVar(&f.format, "format", "text", "text or json (one object a line)")
	flags.IntVar(&f.most, "max", 64, "trace messages that each broker returns at most")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	f.clientFlags.register(cmd)
	return cmd
}

func (f *traceFlags) run(cmd *cobra.Command, id string) error {
	if f.format != "text" && f.format != "json" {
		return usageError{fmt.Errorf("--format %s: want text or json", f.format)}
	}
	env, err := f.telemetry.setup(cmd.Context(), "plume-trace", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer env.close()
	a, err := admin.New(append(f.options(env), client.WithMessageTraceTopic(f.topic))...)
	if err != nil {
		return usageError{err}
	}
	if err := a.Start(cmd.Context()); err != nil {
		return err
	}
	defer func() { _ = a.Shutdown(cmd.Context()) }()
	records, err := a.QueryMessageTrace(cmd.Context(), id, admin.Query{Max: f.most})
	switch {
	case errors.Is(err, client.ErrTopicNotExist):
		return withHint(err, "there is no trace topic: has any client written a message trace, or a broker traceTopicEnable=true?")
	case len(records) == 0 && err == nil:
		return withHint(fmt.Errorf("%w: %s has left no trace in %s", admin.ErrNoMessage, id, f.topic),
			"was it sent or consumed with a message trace? Records come up to 5 s late.")
	case len(records) > 0:
		return errors.Join(f.print(cmd.OutOrStdout(), records), err)
	}
	return err
}

func (f *traceFlags) print(w io.Writer, records []admin.TraceRecord) error {
	if f.format == "json" {
		return printTraceJSON(w, records)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TIME\tWHAT\tGROUP\tCLIENT\tTOOK\tRESULT\tDETAIL")
	for i := range records {
		r := &records[i]
		took, result := "", ""
		if r.Type == messagetrace.Pub || r.Type == messagetrace.SubAfter {
			took, result = fmt.Sprint(time.Duration(r.CostTime)*time.Millisecond), outcome(&r.Record)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", time.UnixMilli(r.Time).Format("2006-01-02 15:04:05.000"), r.Type, r.Group, r.Client,
			took, result, strings.Join(traceDetails(&r.Record), " "))
	}
	return t.Flush()
}

func outcome(r *messagetrace.Record) string {
	switch {
	case r.Success && r.ContextCode == messagetrace.ConsumeTimeOut:
		return "slow"
	case r.Success:
		return "success"
	case r.Type == messagetrace.SubAfter && r.ContextCode == messagetrace.ConsumeException:
		return "panic"
	}
	return "failed"
}

// traceDetails is what only some types of records say.
func traceDetails(r *messagetrace.Record) (details []string) {
	add := func(name, value string) {
		if value != "" {
			details = append(details, name+"="+value)
		}
	}
	switch r.Type {
	case messagetrace.Pub:
		add("topic", r.Topic)
		add("tags", r.Tags)
		add("keys", strings.ReplaceAll(r.Keys, " ", ","))
		add("type", strings.ToLower(r.MessageType.String()))
		add("bytes", fmt.Sprint(r.BodyLength))
		add("broker", r.StoreHost)
	case messagetrace.SubBefore:
		add("attempt", fmt.Sprint(r.RetryTimes+1))
	case messagetrace.EndTransaction:
		add("topic", r.Topic)
		add("state", r.TransactionState)
		add("broker", r.StoreHost)
	case messagetrace.Recall:
		add("topic", r.Topic)
	}
	return details
}

// tracedJSON is one line of --format json. Fields that a record's type has not got are left out.
type tracedJSON struct {
	Type        string    `json:"type"`
	Time        time.Time `json:"time"`
	Group       string    `json:"group,omitempty"`
	Client      string    `json:"client"`
	MsgID       string    `json:"id"`
	OffsetMsgID string    `json:"offsetId,omitempty"`
	Topic       string    `json:"topic,omitempty"`
	Tags        string    `json:"tags,omitempty"`
	Keys        []string  `json:"keys,omitempty"`
	Region      string    `json:"region,omitempty"`
	Broker      string    `json:"broker,omitempty"`
	Bytes       int32     `json:"bytes,omitempty"`
	CostMS      int32     `json:"costMs"`
	Success     *bool     `json:"success,omitempty"`
	Attempt     int32     `json:"attempt,omitempty"`
	RequestID   string    `json:"requestId,omitempty"`
	ContextCode int32     `json:"contextCode,omitempty"`
	Transaction string    `json:"transactionState,omitempty"`
}

func printTraceJSON(w io.Writer, records []admin.TraceRecord) error {
	out := json.NewEncoder(w)
	for i := range records {
		r := &records[i]
		line := tracedJSON{
			Type: r.Type.String(), Time: time.UnixMilli(r.Time), Group: r.Group, Client: r.Client, MsgID: r.MsgID, OffsetMsgID: r.OffsetMsgID,
			Topic: r.Topic, Tags: r.Tags, Keys: strings.Fields(r.Keys), Region: r.Region, Broker: r.StoreHost, Bytes: r.BodyLength,
			CostMS: r.CostTime, RequestID: r.RequestID, ContextCode: r.ContextCode, Transaction: r.TransactionState,
		}
		switch r.Type {
		case messagetrace.Pub, messagetrace.SubAfter, messagetrace.Recall:
			line.Success = &r.Success
		case messagetrace.SubBefore:
			line.Attempt = r.RetryTimes + 1
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
