//go:build stack

package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// The shapes of Jaeger's query API, which the site's own answers have, too.
type (
	jaegerTrace struct {
		TraceID   string
		Spans     []jaegerSpan
		Processes map[string]jaegerProcess
	}
	jaegerSpan struct {
		TraceID, SpanID, OperationName, ProcessID string
		StartTime, Duration                       int64
		References                                []jaegerRef
		Tags                                      []jaegerTag
		Logs                                      []jaegerLog
		Warnings                                  []string
	}
	jaegerRef struct{ RefType, TraceID, SpanID string }
	jaegerTag struct {
		Key, Type string
		Value     json.RawMessage // as it stands there: a number keeps all of its digits
	}
	jaegerLog struct {
		Timestamp int64
		Fields    []jaegerTag
	}
	jaegerProcess struct {
		ServiceName string
		Tags        []jaegerTag
	}
)

// tag is a tag's text.
func (s *jaegerSpan) tag(key string) string {
	for _, t := range s.Tags {
		if t.Key == key {
			return strings.Trim(string(t.Value), `"`)
		}
	}
	return ""
}

func (j *jaegerTrace) service(s *jaegerSpan) string { return j.Processes[s.ProcessID].ServiceName }

// services are the names of the services that the trace went through.
func (j *jaegerTrace) services() map[string]bool {
	out := map[string]bool{}
	for _, s := range j.Spans {
		out[j.service(&s)] = true
	}
	return out
}

// without is the trace as it would be if a service had told nobody.
func (j *jaegerTrace) without(service string) *jaegerTrace {
	out := *j
	out.Spans = slices.DeleteFunc(slices.Clone(j.Spans), func(s jaegerSpan) bool { return j.service(&s) == service })
	return &out
}

// facts is everything that the API says of each span, in lines that do not depend on an order or on how processes are numbered.
func (j *jaegerTrace) facts() map[string][]string {
	out := map[string][]string{}
	for _, s := range j.Spans {
		lines := []string{
			"trace " + s.TraceID, "name " + s.OperationName, "service " + j.service(&s),
			fmt.Sprintf("starts at %d, takes %d", s.StartTime, s.Duration),
		}
		for i, r := range withoutLinksToParent(s.References) {
			lines = append(lines, fmt.Sprintf("reference %d %s %s/%s", i, r.RefType, r.TraceID, r.SpanID))
		}
		lines = append(lines, tagLines("tag", s.Tags)...)
		lines = append(lines, tagLines("process", j.Processes[s.ProcessID].Tags)...)
		for _, l := range s.Logs {
			fields := tagLines("", l.Fields)
			slices.Sort(fields) // Jaeger sorts fields by their names, and events, too
			lines = append(lines, fmt.Sprintf("event at %d%s", l.Timestamp, strings.Join(fields, ",")))
		}
		for _, w := range s.Warnings {
			lines = append(lines, "warning "+w)
		}
		slices.Sort(lines)
		out[s.SpanID] = lines
	}
	return out
}

func tagLines(what string, tags []jaegerTag) []string {
	out := make([]string, 0, len(tags))
	for _, t := range tags {
		out = append(out, fmt.Sprintf("%s %s = %s %s", what, t.Key, t.Type, t.Value))
	}
	return out
}

// withoutLinksToParent is how Jaeger tells of a span that is both a child of its parent and linked to it, as a consumer's processing is:
// with one reference, of the link's type. The site keeps both, since Grafana looks for a parent among CHILD_OF only.
func withoutLinksToParent(refs []jaegerRef) []jaegerRef {
	if len(refs) == 0 || refs[0].RefType != "CHILD_OF" {
		return refs
	}
	link := refs[0]
	link.RefType = "FOLLOWS_FROM"
	rest := slices.DeleteFunc(slices.Clone(refs[1:]), func(r jaegerRef) bool { return r == link })
	if len(rest) == len(refs)-1 {
		return refs
	}
	return append([]jaegerRef{link}, rest...)
}

// difference says what one trace has and the other has not, span by span: - is ours alone, + is theirs alone.
func difference(ours, theirs *jaegerTrace) string {
	var out strings.Builder
	a, b := ours.facts(), theirs.facts()
	for _, id := range slices.Sorted(maps.Keys(union(a, b))) {
		var lines []string
		for _, l := range a[id] {
			if !slices.Contains(b[id], l) {
				lines = append(lines, "  - "+l)
			}
		}
		for _, l := range b[id] {
			if !slices.Contains(a[id], l) {
				lines = append(lines, "  + "+l)
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&out, "span %s %s\n%s\n", id, ours.title(id)+theirs.title(id), strings.Join(lines, "\n"))
		}
	}
	return out.String()
}

// title is a span's name and service, or nothing if it is not there.
func (j *jaegerTrace) title(id string) string {
	for _, s := range j.Spans {
		if s.SpanID == id {
			return fmt.Sprintf("(%s of %s)", s.OperationName, j.service(&s))
		}
	}
	return "(not there)"
}

func union[K comparable, V any](a, b map[K]V) map[K]V {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// traceOf asks a query API for one trace, as it was sent: this version of Jaeger would add a warning to each message that is consumed
// after its send, since here it knows hosts by a tag "ip" alone.
func traceOf(api, id string) (*jaegerTrace, error) {
	var answer struct{ Data []jaegerTrace }
	if err := fetch(api+"/api/traces/"+id+"?raw=true", &answer); err != nil {
		return nil, err
	}
	if len(answer.Data) != 1 {
		return nil, fmt.Errorf("%w: %d traces of id %s", errNoData, len(answer.Data), id)
	}
	return &answer.Data[0], nil
}

// traceOfMessage asks a query API for the trace of a send.
func traceOfMessage(api, service, msgID string) (*jaegerTrace, error) {
	var answer struct{ Data []jaegerTrace }
	q := url.Values{"service": {service}, "tags": {fmt.Sprintf(`{"messaging.message.id":%q}`, msgID)}, "lookback": {"1h"}, "limit": {"20"}}
	if err := fetch(api+"/api/traces?"+q.Encode(), &answer); err != nil {
		return nil, err
	}
	if len(answer.Data) != 1 {
		return nil, fmt.Errorf("%w: %d traces of message %s", errNoData, len(answer.Data), msgID)
	}
	return &answer.Data[0], nil
}
