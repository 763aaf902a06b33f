package spanmsg

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
)

// Limits bound what a span may have; negative ones do not. They mean what they mean in OpenTelemetry's SDK: texts and bytes are cut
// wherever they are within a value, an array or map that lies too deep is empty, and of too many events or links the oldest go. Unlike
// there, an event or a link has no key twice.
type Limits struct {
	AttributeCount       int
	AttributeValueLength int // in characters, of a span's attributes
	AttributeValueDepth  int // of arrays and maps, from 1 on
	EventCount           int
	LinkCount            int
	AttributesPerEvent   int
	AttributesPerLink    int
}

// admits says whether a span that has none yet may have prepared attributes as they are.
func (l *Limits) admits(p *Prepared) bool {
	return !p.odd && l.AttributeValueLength < 0 && (l.AttributeCount < 0 || len(p.Attrs) <= l.AttributeCount)
}

// nested says whether a value has values of any type in it.
func nested(kv *attribute.KeyValue) bool {
	return kv.Value.Type() == attribute.SLICE || kv.Value.Type() == attribute.MAP
}

// limited is kv with its value within limits.
func limited(kv *attribute.KeyValue, depth, length int) *attribute.KeyValue {
	return &attribute.KeyValue{Key: kv.Key, Value: limitedValue(kv.Value, depth, length)}
}

// limitedAttributes are attributes whose values are no deeper than that. They are not to be changed: they may be the ones given.
func limitedAttributes(attrs []attribute.KeyValue, depth int) []attribute.KeyValue {
	if !slices.ContainsFunc(attrs, func(kv attribute.KeyValue) bool { return nested(&kv) }) {
		return attrs
	}
	out := slices.Clone(attrs)
	for i := range out {
		out[i].Value = limitedValue(out[i].Value, depth, -1)
	}
	return out
}

// limitedValue is a value of which arrays and maps are no deeper than that, texts and bytes no longer, and a map's keys are there once,
// with the last value. What would be deeper is empty.
func limitedValue(v attribute.Value, depth, length int) attribute.Value {
	switch v.Type() {
	case attribute.BOOL, attribute.INT64, attribute.FLOAT64, attribute.EMPTY:
		return v
	case attribute.STRING:
		if length < 0 {
			return v
		}
		return attribute.StringValue(firstRunes(v.AsString(), length))
	}
	if depth == 0 {
		return attribute.Value{}
	}
	return limitedList(v, depth, length)
}

// limitedList is limitedValue for a value that has others in it.
func limitedList(v attribute.Value, depth, length int) attribute.Value {
	switch v.Type() {
	case attribute.BYTESLICE:
		if b := v.AsByteSlice(); length >= 0 && len(b) > length {
			return attribute.ByteSliceValue(b[:length])
		}
	case attribute.STRINGSLICE:
		if length < 0 {
			return v
		}
		list := v.AsStringSlice()
		for i := range list {
			list[i] = firstRunes(list[i], length)
		}
		return attribute.StringSliceValue(list)
	case attribute.SLICE:
		list := v.AsSlice()
		for i := range list {
			list[i] = limitedValue(list[i], depth-1, length)
		}
		return attribute.SliceValue(list...)
	case attribute.MAP:
		return attribute.MapValue(limitedMap(v.AsMap(), depth-1, length)...)
	}
	return v
}

// limitedMap are the entries of a map, which come by key.
func limitedMap(entries []attribute.KeyValue, depth, length int) []attribute.KeyValue {
	kept := entries[:0]
	for i, kv := range entries {
		if i+1 < len(entries) && entries[i+1].Key == kv.Key {
			continue
		}
		kv.Value = limitedValue(kv.Value, depth, length)
		kept = append(kept, kv)
	}
	return kept
}

// firstRunes are the first n characters of a text that has more bytes than that; what is no character is left out of those.
func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end, kept := 0, 0
	for end < len(s) && kept < n {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r == utf8.RuneError && size == 1 {
			return s[:end] + firstValidRunes(s[end:], n-kept)
		}
		end, kept = end+size, kept+1
	}
	return s[:end]
}

// firstValidRunes are the first n characters of a text, without what is none.
func firstValidRunes(s string, n int) string {
	var b strings.Builder
	for len(s) > 0 && n > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r != utf8.RuneError || size > 1 {
			b.WriteString(s[:size])
			n--
		}
		s = s[size:]
	}
	return b.String()
}
