package message_test

import (
	"net/netip"
	"testing"

	"github.com/plumemq/plume/message"
)

func BenchmarkNextID(b *testing.B) {
	g := message.NewIDGenerator(nil, netip.MustParseAddr("10.0.0.9"))
	b.ReportAllocs()
	for b.Loop() {
		g.Next()
	}
}

func BenchmarkParseProperties(b *testing.B) {
	s := "UNIQ_KEY\x017F000001C3B018B4AAC2960A5B2C0001\x02WAIT\x01true\x02TAGS\x01TagA\x02"
	b.ReportAllocs()
	for b.Loop() {
		message.ParseProperties(s)
	}
}
