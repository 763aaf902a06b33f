package tracedispatcher

import (
	"context"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/message"
)

// sendTraceData sends a batch: the records of each topic together.
//
// Java: AsyncTraceDispatcher.AsyncDataSendTask#sendTraceData (5.5.0).
func (d *AsyncTraceDispatcher) sendTraceData(batch []Context) {
	ctx, step := d.traceSendTraceData(batch)
	defer step.End(nil)
	packs := map[string]*pack{}
	for _, c := range batch {
		for i := range c.Records {
			if full := add(packs, &c.Records[i]); full != nil {
				d.sendTraceDataByMQ(ctx, full)
			}
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(packs)) {
		d.sendTraceDataByMQ(ctx, packs[topic])
	}
}

// add puts a record into its topic's pack. If it does not fit any more, it opens a new one and the old one is returned.
func add(packs map[string]*pack, r *messagetrace.Record) (full *pack) {
	text, keys := r.AppendTo(nil), r.IndexKeys()
	p := packs[r.Topic]
	if p != nil && !p.fits(text, keys) {
		full, p = p, nil
	}
	if p == nil {
		p = &pack{have: map[string]bool{}}
		packs[r.Topic] = p
	}
	p.add(text, keys)
	return full
}

// pack is a trace message in the making. Unlike Apache's, it never outgrows what a producer or a broker takes, and a consumption of
// many messages may be spread over several.
type pack struct {
	body     []byte
	records  int
	keys     []string
	have     map[string]bool
	keysSize int // with a separator behind each
}

// fits says whether another record and its keys keep within the bounds.
func (p *pack) fits(text []byte, keys []string) bool {
	size := p.keysSize
	for _, k := range keys {
		if !p.have[k] {
			size += len(k) + len(message.KeySeparator)
		}
	}
	return len(p.body)+len(text) <= maxMsgSize && size <= maxKeysSize
}

// add adds a record, and its keys once each. Keys beyond the bound, which only one message's own can exceed, are left out: the message's
// id comes first.
func (p *pack) add(text []byte, keys []string) {
	p.body = append(p.body, text...)
	p.records++
	for _, k := range keys {
		size := len(k) + len(message.KeySeparator)
		if !p.have[k] && p.keysSize+size <= maxKeysSize {
			p.have[k] = true
			p.keys = append(p.keys, k)
			p.keysSize += size
		}
	}
}

// sendTraceDataByMQ sends one trace message, without waiting for it unless too many are under way.
//
// Java: AsyncTraceDispatcher.AsyncDataSendTask#sendTraceDataByMQ (5.5.0).
func (d *AsyncTraceDispatcher) sendTraceDataByMQ(ctx context.Context, p *pack) {
	msg := message.New(d.cfg.Topic, p.body)
	msg.SetKeys(p.keys...)
	if !d.acquire() {
		d.drop(p.records, "message trace could not be sent before the shutdown")
		return
	}
	d.cfg.Send(ctx, msg, func(err error) {
		if err != nil {
			d.drop(p.records, "message trace could not be sent", zap.Error(err))
		}
		<-d.inFlight
	})
}

// InnerProducer configures the producer of trace messages of a role with configuration c: a client of its own, which traces nothing of
// its own in this way and leaves its messages as Apache's are.
//
// Java: AsyncTraceDispatcher#getAndCreateTraceProducer, #start (5.5.0).
func InnerProducer(c config.Client) config.ProducerOption { return innerProducer{c} }

type innerProducer struct{ config.Client }

// ApplyProducer implements config.ProducerOption.
func (o innerProducer) ApplyProducer(p *config.Producer) {
	p.Client = o.Client
	p.InstanceName = "PID_CLIENT_INNER_TRACE_PRODUCER_" + o.InstanceName
	p.MessageTrace = false
	p.Shared = nil
	p.Namespace = ""
	p.VIPChannel = false
	p.SendMsgTimeout = sendTimeout
	p.MaxMessageSize = maxMsgSize
	p.PropagateInMessage = false
}

// The roles whose records a dispatcher sends.
//
// Java: client.trace.TraceDispatcher.Type (5.5.0).
const (
	Produce = "PRODUCE"
	Consume = "CONSUME"
)

// GroupName is the inner producer's group. Java counts up the number at its end, for the dispatchers of one process that share a
// client; here none are shared.
//
// Java: AsyncTraceDispatcher#genGroupNameForTrace (5.5.0).
func GroupName(group, role string) string {
	const prefix = "_INNER_TRACE_PRODUCER-"
	suffix := "-" + role + "-1"
	if most := message.MaxGroupLength - len(prefix) - len(suffix); len(group) > most {
		group = strings.ToValidUTF8(group[:most], "")
	}
	return prefix + group + suffix
}
