package observ

import (
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Attr is a span attribute.
type Attr = attribute.KeyValue

// SpanContext identifies a span, here or in another process.
type SpanContext = trace.SpanContext

// TracerProvider is what an entry step's component reports to.
type TracerProvider = trace.TracerProvider

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

// ServerAttrs are the attributes server.address and server.port of a node, "host:port"; none for anything else.
func ServerAttrs(addr string) []Attr {
	host, port, ok := splitAddr(addr)
	if !ok {
		return nil
	}
	return []Attr{String("server.address", host), Int("server.port", port)}
}

// PeerAttrs is [ServerAttrs] for a node that was talked to, whose network.peer.* are the same.
func PeerAttrs(addr string) []Attr {
	host, port, ok := splitAddr(addr)
	if !ok {
		return nil
	}
	return []Attr{
		String("server.address", host), Int("server.port", port),
		String("network.peer.address", host), Int("network.peer.port", port),
	}
}

func splitAddr(addr string) (host string, port int, ok bool) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, false
	}
	port, err = strconv.Atoi(text)
	return host, port, err == nil
}
