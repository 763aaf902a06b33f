package processor

import (
	"strconv"
	"strings"

	"github.com/plumemq/plume/message"
)

// addedProperties are what the broker adds to the properties of every message. Those that it receives travel to the disk as
// they are, byte for byte, unless they name one of these already.
type addedProperties struct {
	region, traceOn, cluster string
	suffix                   string // all of them in their wire form
	ids                      *message.IDGenerator
}

func newAddedProperties(cfg SendConfig) addedProperties {
	a := addedProperties{
		region: cfg.RegionID, traceOn: strconv.FormatBool(cfg.TraceOn), cluster: cfg.ClusterName, ids: message.NewIDGenerator(cfg.Clock, cfg.StoreHost.Addr()),
	}
	var all message.Properties
	a.set(&all)
	a.suffix = all.String()
	return a
}

func (a *addedProperties) set(to *message.Properties) {
	to.Set(message.PropertyMsgRegion, a.region)
	to.Set(message.PropertyTraceSwitch, a.traceOn)
	to.Set(message.PropertyCluster, a.cluster)
}

// complete is the properties string to be stored and what it says: the message's UNIQ_KEY, made up if the producer gave none.
//
// Java: AbstractSendMessageProcessor#buildMsgContext, SendMessageProcessor#clearReservedProperties (5.5.0).
func (a *addedProperties) complete(wire string) (found glance, completed string) {
	found = glanceAt(wire)
	if found.uniqID == "" || found.reserved {
		props := message.ParseProperties(wire)
		props.Delete(message.PropertyPopCK)
		if found.uniqID == "" {
			found.uniqID = a.ids.Next()
			props.Set(message.PropertyUniqClientMessageIDKeyIdx, found.uniqID)
		}
		a.set(&props)
		return found, props.String()
	}
	if wire[len(wire)-1] != '\x02' { // 4.x ends without
		return found, wire + "\x02" + a.suffix
	}
	return found, wire + a.suffix
}

// glance is what the broker wants to know of a message's properties, found in one pass over their wire form.
type glance struct {
	uniqID   string
	kind     messageType // a transaction's: its first half
	reserved bool        // there is a property that the broker sets or removes
}

// startDeliverTime is the property by which clients of another product ask for a delay.
const startDeliverTime = "__STARTDELIVERTIME"

func glanceAt(wire string) (g glance) {
	for wire != "" {
		var pair string
		pair, wire, _ = strings.Cut(wire, "\x02")
		name, value, _ := strings.Cut(pair, "\x01")
		switch name {
		case message.PropertyUniqClientMessageIDKeyIdx:
			g.uniqID = value
		case message.PropertyTransactionPrepared:
			if strings.EqualFold(value, "true") {
				g.kind = typeTransaction
			}
		case message.PropertyShardingKey:
			g.kind = max(g.kind, typeFIFO)
		case startDeliverTime, message.PropertyDelayTimeLevel, message.PropertyTimerDeliverMS, message.PropertyTimerDelaySec,
			message.PropertyTimerDelayMS:
			g.kind = max(g.kind, typeDelay)
		case message.PropertyMsgRegion, message.PropertyTraceSwitch, message.PropertyCluster, message.PropertyPopCK:
			g.reserved = true
		}
	}
	return g
}
