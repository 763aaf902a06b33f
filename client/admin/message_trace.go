package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/plumemq/plume/client/messagetrace"
)

// TraceRecord is a record of a message's trace, and who wrote it.
//
// Java: client.trace.TraceView (5.5.0).
type TraceRecord struct {
	messagetrace.Record
	// Client is the address of the producer or consumer that wrote the record.
	Client string
}

// QueryMessageTrace finds what the message trace says of a message, by the id that its producer gave it: in the order of time, and what
// came before a handler before what came after it. The records are looked for in the configured trace topic (see
// client.WithMessageTraceTopic). Malformed ones are a messagetrace.ErrMalformed beside those that could be read.
//
// Java: tools.command.message.QueryMsgTraceByIdSubCommand#queryTraceByMsgId (5.5.0).
func (a *Admin) QueryMessageTrace(ctx context.Context, id string, q Query) (records []TraceRecord, err error) {
	ctx, step := a.traceQueryMessageTrace(ctx, id)
	defer step.End(&err)
	b, err := a.brokersOf(ctx, a.cfg.MessageTraceTopic) // which no namespace prefixes
	if err != nil {
		return nil, err
	}
	msgs, err := b.queryMessage(ctx, id, q, false)
	for _, m := range msgs {
		of, bad := messagetrace.Decode(m.Body)
		err = errors.Join(err, bad)
		for _, r := range of {
			if r.MsgID == id {
				records = append(records, TraceRecord{Record: r, Client: m.BornHost.Addr().Unmap().String()})
			}
		}
	}
	slices.SortStableFunc(records, func(a, b TraceRecord) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Type, b.Type))
	})
	traceFound(step, len(records))
	return records, err
}
