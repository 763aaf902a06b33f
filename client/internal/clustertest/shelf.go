package clustertest

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// Shelf makes a broker serve consumers: it has messages to pull, remembers offsets and members, and takes messages back. It does not
// filter. Safe for concurrent use.
type Shelf struct {
	broker *Broker

	mu      sync.Mutex // owns all below
	queues  map[queue][]message.Record
	offsets map[progress]int64
	members map[string][]string // client ids by group
	data    map[string]heartbeat.ConsumerData
	commits []header.UpdateConsumerOffsetRequestHeader
	pulls   []header.PullMessageRequestHeader
	backs   []header.ConsumerSendMsgBackRequestHeader
	held    []*heldPull
}

type queue struct {
	topic string
	id    int32
}

type progress struct {
	group string
	queue queue
}

// heldPull is a pull that waits for a message.
type heldPull struct {
	h  header.PullMessageRequestHeader
	to *remoting.Responder
}

// NewShelf teaches a broker what consumers ask.
func NewShelf(b *Broker) *Shelf {
	s := &Shelf{
		broker: b, queues: map[queue][]message.Record{}, offsets: map[progress]int64{}, members: map[string][]string{},
		data: map[string]heartbeat.ConsumerData{},
	}
	for code, f := range map[protocol.RequestCode]remoting.ProcessorFunc{
		protocol.PullMessage: s.pull, protocol.QueryConsumerOffset: s.queryOffset, protocol.UpdateConsumerOffset: s.updateOffset,
		protocol.GetMaxOffset: s.maxOffset, protocol.SearchOffsetByTimestamp: s.searchOffset, protocol.HeartBeat: s.heartbeat,
		protocol.UnregisterClient: s.unregister, protocol.GetConsumerListByGroup: s.listMembers, protocol.ConsumerSendMsgBack: s.sendBack,
	} {
		b.Handle(code, f)
	}
	return s
}

// Put stores records in a queue. A record's offset is the next one, or its own if that is higher.
func (s *Shelf) Put(topic string, id int32, records ...message.Record) {
	s.mu.Lock()
	q := queue{topic, id}
	for _, r := range records {
		r.Topic, r.QueueID = topic, id
		r.QueueOffset = max(r.QueueOffset, s.endLocked(q))
		r.PhysicalOffset = int64(len(s.queues[q])+1) * 1000
		r.StoreHost, r.BornHost = netip.MustParseAddrPort("127.0.0.1:10911"), netip.MustParseAddrPort("127.0.0.1:1")
		s.queues[q] = append(s.queues[q], r)
	}
	held := s.held
	s.held = nil
	s.mu.Unlock()
	for _, p := range held {
		s.answerOrHold(p)
	}
}

// SetOffset is a group's stored progress.
func (s *Shelf) SetOffset(group, topic string, id int32, offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offsets[progress{group, queue{topic, id}}] = offset
}

// Offset is a group's stored progress, or -1.
func (s *Shelf) Offset(group, topic string, id int32) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.offsets[progress{group, queue{topic, id}}]; ok {
		return o
	}
	return -1
}

// Commits are the commits that came by request 15, in order.
func (s *Shelf) Commits() []header.UpdateConsumerOffsetRequestHeader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commits)
}

// Pulls are the pulls that came, in order.
func (s *Shelf) Pulls() []header.PullMessageRequestHeader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pulls)
}

// SentBack are the messages that came back, in order.
func (s *Shelf) SentBack() []header.ConsumerSendMsgBackRequestHeader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.backs)
}

// Members are the client ids of a group.
func (s *Shelf) Members(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members[group])
}

// Subscriptions are what a group's last heartbeat said that it subscribes: expressions by topic.
func (s *Shelf) Subscriptions(group string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	subs := map[string]string{}
	for _, d := range s.data[group].SubscriptionDataSet {
		subs[d.Topic] = d.SubString
	}
	return subs
}

// Forget makes the broker as one that was restarted: it knows no members.
func (s *Shelf) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.members)
	clear(s.data)
}

func (s *Shelf) endLocked(q queue) int64 {
	if n := len(s.queues[q]); n > 0 {
		return s.queues[q][n-1].QueueOffset + 1
	}
	return 0
}

func (s *Shelf) pull(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	p := &heldPull{}
	if err := rc.Request.DecodeHeader(&p.h); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.pulls = append(s.pulls, p.h)
	if p.h.SysFlag&header.PullCommitOffset != 0 {
		s.offsets[progress{p.h.ConsumerGroup, queue{p.h.Topic, p.h.QueueID}}] = p.h.CommitOffset
	}
	resp := s.findLocked(&p.h)
	s.mu.Unlock()
	if resp != nil {
		return resp, nil
	}
	p.to = rc.Suspend()
	clock.System.AfterFunc(time.Duration(p.h.SuspendTimeoutMillis)*time.Millisecond, func() {
		p.to.Respond(Pulled(protocol.PullNotFound, p.h.QueueOffset), nil)
	})
	s.answerOrHold(p)
	return nil, nil
}

func (s *Shelf) answerOrHold(p *heldPull) {
	s.mu.Lock()
	resp := s.findLocked(&p.h)
	if resp == nil {
		s.held = append(s.held, p)
	}
	s.mu.Unlock()
	if resp != nil {
		p.to.Respond(resp, nil)
	}
}

// findLocked is the answer to a pull, or nil when there is nothing yet.
func (s *Shelf) findLocked(h *header.PullMessageRequestHeader) *protocol.RemotingCommand {
	var found []message.Record
	for _, r := range s.queues[queue{h.Topic, h.QueueID}] {
		if r.QueueOffset >= h.QueueOffset && len(found) < int(h.MaxMsgNums) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return nil
	}
	resp := Pulled(protocol.Success, found[len(found)-1].QueueOffset+1)
	for _, r := range found {
		resp.Body = message.AppendRecord(resp.Body, &r)
	}
	return resp
}

// Pulled is the answer to a pull.
func Pulled(code protocol.ResponseCode, next int64) *protocol.RemotingCommand {
	resp := protocol.NewResponse(code, "")
	resp.Header = &header.PullMessageResponseHeader{NextBeginOffset: next}
	return resp
}

func (s *Shelf) queryOffset(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.QueryConsumerOffsetRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	offset := s.Offset(h.ConsumerGroup, h.Topic, h.QueueID)
	if offset < 0 {
		return nil, protocol.NewResponseError(protocol.QueryNotFound, "Not found, maybe this group consumer boot first")
	}
	return ok(&header.QueryConsumerOffsetResponseHeader{Offset: offset}), nil
}

func (s *Shelf) updateOffset(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.UpdateConsumerOffsetRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits = append(s.commits, h)
	s.offsets[progress{h.ConsumerGroup, queue{h.Topic, h.QueueID}}] = h.CommitOffset
	return ok(nil), nil
}

func (s *Shelf) maxOffset(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.GetMaxOffsetRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(&header.GetMaxOffsetResponseHeader{Offset: s.endLocked(queue{h.Topic, h.QueueID})}), nil
}

func (s *Shelf) searchOffset(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.SearchOffsetRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := queue{h.Topic, h.QueueID}
	for _, r := range s.queues[q] {
		if r.StoreTimestamp >= h.Timestamp {
			return ok(&header.SearchOffsetResponseHeader{Offset: r.QueueOffset}), nil
		}
	}
	return ok(&header.SearchOffsetResponseHeader{Offset: s.endLocked(q)}), nil
}

// heartbeat takes in the groups, and tells everybody when one has a new member.
func (s *Shelf) heartbeat(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var data heartbeat.HeartbeatData
	if err := data.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	for _, d := range data.ConsumerDataSet {
		s.mu.Lock()
		known := slices.Contains(s.members[d.GroupName], data.ClientID)
		if !known {
			s.members[d.GroupName] = append(s.members[d.GroupName], data.ClientID)
		}
		s.data[d.GroupName] = d
		s.mu.Unlock()
		if !known {
			s.notify(ctx, d.GroupName)
		}
	}
	return ok(nil), nil
}

func (s *Shelf) unregister(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.UnregisterClientRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	s.mu.Lock()
	gone := func(id string) bool { return id == h.ClientID }
	s.members[h.ConsumerGroup] = slices.DeleteFunc(s.members[h.ConsumerGroup], gone)
	s.mu.Unlock()
	s.notify(ctx, h.ConsumerGroup)
	return ok(nil), nil
}

func (s *Shelf) notify(ctx context.Context, group string) {
	if group != "" {
		s.broker.Push(ctx, protocol.NotifyConsumerIDsChanged, &header.NotifyConsumerIdsChangedRequestHeader{ConsumerGroup: group}, nil)
	}
}

func (s *Shelf) listMembers(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.GetConsumerListByGroupRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	members := s.Members(h.ConsumerGroup)
	if len(members) == 0 {
		return nil, protocol.NewResponseError(protocol.SystemError, "no consumer for this group, "+h.ConsumerGroup)
	}
	b := body.GetConsumerListByGroupResponseBody{ConsumerIDList: members}
	resp := ok(nil)
	resp.Body = b.Encode()
	return resp, nil
}

func (s *Shelf) sendBack(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.ConsumerSendMsgBackRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.backs = append(s.backs, h)
	return ok(nil), nil
}

// Offsets are the stored progress of a group in a topic, by queue.
func (s *Shelf) Offsets(group, topic string) map[int32]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[int32]int64{}
	for p, o := range maps.All(s.offsets) {
		if p.group == group && p.queue.topic == topic {
			out[p.queue.id] = o
		}
	}
	return out
}

func ok(h protocol.CustomHeader) *protocol.RemotingCommand {
	resp := protocol.NewResponse(protocol.Success, "")
	resp.Header = h
	return resp
}
