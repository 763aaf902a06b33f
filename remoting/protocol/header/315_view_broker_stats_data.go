// VIEW_BROKER_STATS_DATA (315) asks a broker for one of its statistics. Tools send it. The reply's body is a
// body.BrokerStatsData; SystemError if there is no such statistic.

package header

import "github.com/plumemq/plume/remoting/protocol"

// ViewBrokerStatsDataRequestHeader is the header of VIEW_BROKER_STATS_DATA.
//
// Java: remoting.protocol.header.ViewBrokerStatsDataRequestHeader (5.5.0).
type ViewBrokerStatsDataRequestHeader struct {
	StatsName string
	StatsKey  string
}

// Fields implements protocol.CustomHeader.
func (h *ViewBrokerStatsDataRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("statsName", &h.StatsName, protocol.Required)
	c.String("statsKey", &h.StatsKey, protocol.Required)
}
