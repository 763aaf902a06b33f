package observ

import (
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// Attr is a span attribute.
type Attr = attribute.KeyValue

// SpanContext identifies a span, here or in another process.
type SpanContext = trace.SpanContext

// TracerProvider is what an entry step's component reports to.
type TracerProvider = trace.TracerProvider

// Prepared are attributes that many spans have, ready to be given to them; see [Step.SetPrepared].
type Prepared = spanmsg.Prepared

// Template is what the spans of a [Preset] have in common, ready to be given to them.
type Template = spanmsg.Template

// Prepare makes attributes ready. No key may come twice.
func Prepare(attrs ...Attr) *Prepared { return spanmsg.Prepare(attrs...) }

// String is a string attribute.
func String(key, v string) Attr { return attribute.String(key, v) }

// Int is an integer attribute.
func Int(key string, v int) Attr { return attribute.Int(key, v) }

// Int64 is an integer attribute.
func Int64(key string, v int64) Attr { return attribute.Int64(key, v) }

// Bool is a boolean attribute.
func Bool(key string, v bool) Attr { return attribute.Bool(key, v) }

// Strings is a string-list attribute.
func Strings(key string, v []string) Attr { return attribute.StringSlice(key, v) }

// ServerAttrs are the attributes server.address and server.port of a node, "host:port"; none for anything else. Others may be appended.
func ServerAttrs(addr string) []Attr { return nodeOf(addr).server }

// PeerAttrs is [ServerAttrs] for a node that was talked to, whose network.peer.* are the same.
func PeerAttrs(addr string) []Attr { return nodeOf(addr).peer }

// PreparedServer is [ServerAttrs], ready.
func PreparedServer(addr string) *Prepared { return nodeOf(addr).preparedServer }

// PreparedPeer is [PeerAttrs], ready.
func PreparedPeer(addr string) *Prepared { return nodeOf(addr).preparedPeer }

// node is what spans say of an address. Slices have no room at their end.
type node struct {
	server, peer                 []Attr
	preparedServer, preparedPeer *Prepared
}

// nodes are those that were asked for, as most are again and again.
var nodes Kept[string, node]

func nodeOf(addr string) *node {
	if n := nodes.Load(addr); n != nil {
		return n
	}
	return nodes.Keep(addr, newNode(addr))
}

func newNode(addr string) *node {
	var server, peer []Attr
	if host, port, ok := splitAddr(addr); ok {
		peer = []Attr{
			String("server.address", host), Int("server.port", port),
			String("network.peer.address", host), Int("network.peer.port", port),
		}
		server, peer = peer[:2:2], peer[:4:4]
	}
	return &node{server, peer, Prepare(server...), Prepare(peer...)}
}

func splitAddr(addr string) (host string, port int, ok bool) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, false
	}
	port, err = strconv.Atoi(text)
	return host, port, err == nil
}
