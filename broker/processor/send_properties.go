package processor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumemq/plume/message"
)

// addedProperties are what the broker adds to the properties of every message. Those that it receives travel to the disk as
// they are, byte for byte, unless they name one of these already or are not well formed.
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
	if found.uniqID == "" || found.rewrite {
		return a.rewrite(wire)
	}
	if wire[len(wire)-1] != '\x02' { // 4.x ends without
		return found, wire + "\x02" + a.suffix
	}
	return found, wire + a.suffix
}

// rewrite is complete for properties that cannot be stored as they are. A Java message without a tag has some: an empty TAGS.
func (a *addedProperties) rewrite(wire string) (found glance, completed string) {
	props := message.ParseProperties(wire)
	props.Delete(message.PropertyPopCK)
	for _, p := range props {
		found.note(p.Name, p.Value)
	}
	if found.uniqID == "" {
		found.uniqID = a.ids.Next()
		props.Set(message.PropertyUniqClientMessageIDKeyIdx, found.uniqID)
	}
	a.set(&props)
	return found, string(props.AppendTo(make([]byte, 0, len(wire)+len(a.suffix)+maxUniqProperty)))
}

// maxUniqProperty is how much longer a UNIQ_KEY makes the properties.
const maxUniqProperty = 48

// glance is what the broker wants to know of a message's properties, found in one pass over their wire form.
type glance struct {
	uniqID string
	kind   messageType // a transaction's: its first half
	// delayed says that a property asks for a delay.
	delayed bool
	// rewrite says that there is what is not stored as it is: properties that the broker sets or removes, a repeated name, or pairs
	// without a name or a value, which no reader would keep. The rest is told by another look, then.
	rewrite bool
}

// manyNames is how many properties a glance compares with each other; hardly any message has as many.
const manyNames = 16

// startDeliverTime is the property by which clients of another product ask for a delay.
const startDeliverTime = "__STARTDELIVERTIME"

func glanceAt(wire string) (g glance) {
	var names [manyNames]string
	for n := 0; wire != ""; n++ {
		var pair string
		pair, wire, _ = strings.Cut(wire, "\x02")
		name, value, _ := strings.Cut(pair, "\x01")
		if name == "" || value == "" || n == manyNames || slices.Contains(names[:n], name) {
			return glance{rewrite: true}
		}
		names[n] = name
		g.note(name, value)
	}
	return g
}

// note takes in one pair.
func (g *glance) note(name, value string) {
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
		g.delayed = true
		g.kind = max(g.kind, typeDelay)
	case message.PropertyMsgRegion, message.PropertyTraceSwitch, message.PropertyCluster, message.PropertyPopCK:
		g.rewrite = true
	}
}
