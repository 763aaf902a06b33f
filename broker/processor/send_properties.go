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

// complete is the properties string to be stored and the message's UNIQ_KEY, made up if the producer gave none.
//
// Java: AbstractSendMessageProcessor#buildMsgContext, SendMessageProcessor#clearReservedProperties (5.5.0).
func (a *addedProperties) complete(wire string) (uniqID, completed string) {
	uniqID = property(wire, message.PropertyUniqClientMessageIDKeyIdx)
	if uniqID == "" || a.names(wire) {
		props := message.ParseProperties(wire)
		props.Delete(message.PropertyPopCK)
		if uniqID = props.Get(message.PropertyUniqClientMessageIDKeyIdx); uniqID == "" {
			uniqID = a.ids.Next()
			props.Set(message.PropertyUniqClientMessageIDKeyIdx, uniqID)
		}
		a.set(&props)
		return uniqID, props.String()
	}
	if wire[len(wire)-1] != '\x02' { // 4.x ends without
		return uniqID, wire + "\x02" + a.suffix
	}
	return uniqID, wire + a.suffix
}

// names says whether wire holds a property that the broker sets or removes.
func (a *addedProperties) names(wire string) bool {
	return strings.Contains(wire, message.PropertyMsgRegion+"\x01") || strings.Contains(wire, message.PropertyTraceSwitch+"\x01") ||
		strings.Contains(wire, message.PropertyCluster+"\x01") || strings.Contains(wire, message.PropertyPopCK+"\x01")
}

// property is the value of name in the wire form, found without parsing the rest.
func property(wire, name string) string {
	for from := 0; ; {
		i := strings.Index(wire[from:], name+"\x01")
		if i < 0 {
			return ""
		}
		start := from + i
		from = start + len(name) + 1
		if start > 0 && wire[start-1] != '\x02' {
			continue
		}
		value, _, _ := strings.Cut(wire[from:], "\x02")
		return value
	}
}
