package main

import (
	"sync/atomic"

	"google.golang.org/protobuf/encoding/protowire"
)

// spanPath leads to the spans of an ExportTraceServiceRequest: the numbers of the fields ResourceSpans, ScopeSpans and Span, each of the one
// before it.
var spanPath = [...]protowire.Number{1, 2, 2}

// spanCounter counts the spans of a request that comes in pieces, without keeping any of it.
type spanCounter struct {
	spans *atomic.Int64
	at    uint64                // bytes so far
	skip  uint64                // of which those that come next are of no interest
	ends  [len(spanPath)]uint64 // of the messages that at is in
	depth int                   // how many of those there are
	next  uint8                 // what the number that is being read is
	field protowire.Number      // whose length is being read

	value uint64 // of the number that is being read
	shift int
}

// What numbers are.
const (
	tag uint8 = iota
	length
	plain
)

// grpcHead is how long gRPC's head of a message is.
const grpcHead = 5

func newSpanCounter(spans *atomic.Int64) *spanCounter {
	return &spanCounter{spans: spans, skip: grpcHead}
}

// take is told of the next piece.
func (c *spanCounter) take(piece []byte) {
	for len(piece) > 0 {
		if c.skip > 0 {
			n := min(c.skip, uint64(len(piece)))
			c.skip, c.at, piece = c.skip-n, c.at+n, piece[n:]
			continue
		}
		for c.next == tag && c.depth > 0 && c.at == c.ends[c.depth-1] {
			c.depth--
		}
		b := piece[0]
		c.at, piece = c.at+1, piece[1:]
		c.value |= uint64(b&0x7f) << c.shift
		c.shift += 7
		if b < 0x80 {
			value := c.value
			c.value, c.shift = 0, 0
			c.number(value)
		}
	}
}

func (c *spanCounter) number(value uint64) {
	next := c.next
	c.next = tag
	switch next {
	case tag:
		c.begin(protowire.DecodeTag(value))
	case length:
		c.enter(value)
	}
}

// begin is told of a field's tag.
func (c *spanCounter) begin(field protowire.Number, kind protowire.Type) {
	switch c.field = field; kind {
	case protowire.BytesType:
		c.next = length
	case protowire.VarintType:
		c.next = plain
	case protowire.Fixed64Type:
		c.skip = 8
	case protowire.Fixed32Type:
		c.skip = 4
	}
}

// enter is told how long the field is.
func (c *spanCounter) enter(length uint64) {
	switch {
	case c.field != spanPath[c.depth]:
		c.skip = length
	case c.depth == len(spanPath)-1:
		c.spans.Add(1)
		c.skip = length
	default:
		c.ends[c.depth] = c.at + length
		c.depth++
	}
}
