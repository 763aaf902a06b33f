// PULL_MESSAGE (11) asks for the next messages of a queue. Consumers send it in a loop; where there is nothing the broker
// may hold it for as long as the sender allows.
//
// The reply's body holds the records as they are stored, one behind the other. Its code is Success, PullNotFound,
// PullRetryImmediately or PullOffsetMoved; all of these come with a PullMessageResponseHeader.

package header

import "github.com/plumemq/plume/remoting/protocol"

// PullMessageRequestHeader is the header of PULL_MESSAGE and LITE_PULL_MESSAGE.
//
// Java: remoting.protocol.header.PullMessageRequestHeader (5.5.0).
type PullMessageRequestHeader struct {
	TopicRequestHeader
	ConsumerGroup        string
	Topic                string
	LiteTopic            string // for lite topics (5.5)
	QueueID              int32
	QueueOffset          int64 // of the first message wanted
	MaxMsgNums           int32
	SysFlag              int32              // Pull... bits
	CommitOffset         int64              // the group's progress in this queue, if PullCommitOffset is set
	SuspendTimeoutMillis int64              // how long the broker may hold the request, if PullSuspend is set
	Subscription         string             // the expression, if PullSubscription is set
	SubVersion           int64              // the subscription's version, milliseconds
	ExpressionType       string             // TAG or SQL92; absent: TAG
	MaxMsgBytes          int32              // the limit for all the bodies, from 5.x on
	RequestSource        protocol.NullInt32 // what kind of proxy sent it, if one did
	ProxyForwardClientID string             // the client behind a proxy; the name on the wire is misspelt
}

// Fields implements protocol.CustomHeader.
func (h *PullMessageRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	c.String("topic", &h.Topic, protocol.Required)
	c.String("liteTopic", &h.LiteTopic, protocol.OmitZero)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.Int64("queueOffset", &h.QueueOffset, protocol.Required)
	c.Int32("maxMsgNums", &h.MaxMsgNums, protocol.Required)
	c.Int32("sysFlag", &h.SysFlag, protocol.Required)
	c.Int64("commitOffset", &h.CommitOffset, protocol.Required)
	c.Int64("suspendTimeoutMillis", &h.SuspendTimeoutMillis, protocol.Required)
	c.String("subscription", &h.Subscription, protocol.OmitZero)
	c.Int64("subVersion", &h.SubVersion, protocol.Required)
	c.String("expressionType", &h.ExpressionType, protocol.OmitZero)
	c.Int32("maxMsgBytes", &h.MaxMsgBytes, protocol.OmitZero)
	c.NullInt32("requestSource", &h.RequestSource)
	c.String("proxyFrowardClientId", &h.ProxyForwardClientID, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}

// PullMessageResponseHeader is the header of the replies to 11 and 361.
//
// Java: remoting.protocol.header.PullMessageResponseHeader (5.5.0).
type PullMessageResponseHeader struct {
	SuggestWhichBrokerID int64 // the broker to ask next: 0 master, else a slave
	NextBeginOffset      int64 // where to go on
	MinOffset            int64 // the queue's first offset
	MaxOffset            int64 // one behind the queue's last offset
	OffsetDelta          int64 // for static topics
	TopicSysFlag         int32
	GroupSysFlag         int32
	ForbiddenType        int32 // why the broker refused, with NoPermission
}

// Fields implements protocol.CustomHeader.
func (h *PullMessageResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("suggestWhichBrokerId", &h.SuggestWhichBrokerID, protocol.Required)
	c.Int64("nextBeginOffset", &h.NextBeginOffset, protocol.Required)
	c.Int64("minOffset", &h.MinOffset, protocol.Required)
	c.Int64("maxOffset", &h.MaxOffset, protocol.Required)
	c.Int64("offsetDelta", &h.OffsetDelta, protocol.OmitZero)
	c.Int32("topicSysFlag", &h.TopicSysFlag, protocol.Optional)
	c.Int32("groupSysFlag", &h.GroupSysFlag, protocol.Optional)
	c.Int32("forbiddenType", &h.ForbiddenType, protocol.OmitZero)
}

// The bits of PullMessageRequestHeader.SysFlag.
//
// Java: common.sysflag.PullSysFlag (5.5.0).
const (
	PullCommitOffset int32 = 1 << iota // CommitOffset is to be stored
	PullSuspend                        // the broker may hold the request until a message arrives
	PullSubscription                   // Subscription is in the header; otherwise the broker knows it from heartbeats
	PullClassFilter                    // the filter is a class: no longer in use
	PullLite                           // from a lite pull consumer
)
