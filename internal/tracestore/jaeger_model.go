package tracestore

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// The shapes of Jaeger's query JSON (its model/json package), field for field.
type (
	jaegerAnswer struct {
		Data   any           `json:"data"`
		Total  int           `json:"total"`
		Limit  int           `json:"limit"`
		Offset int           `json:"offset"`
		Errors []jaegerError `json:"errors"`
	}
	jaegerError struct {
		Code    int    `json:"code"`
		Msg     string `json:"msg"`
		TraceID string `json:"traceID,omitempty"`
	}
	jaegerTrace struct {
		TraceID   string                   `json:"traceID"`
		Spans     []jaegerSpan             `json:"spans"`
		Processes map[string]jaegerProcess `json:"processes"`
		Warnings  []string                 `json:"warnings"`
	}
	jaegerSpan struct {
		TraceID       string      `json:"traceID"`
		SpanID        string      `json:"spanID"`
		Flags         int         `json:"flags"`
		OperationName string      `json:"operationName"`
		References    []jaegerRef `json:"references"`
		StartTime     int64       `json:"startTime"` // microseconds
		Duration      int64       `json:"duration"`  // microseconds
		Tags          []jaegerTag `json:"tags"`
		Logs          []jaegerLog `json:"logs"`
		ProcessID     string      `json:"processID"`
		Warnings      []string    `json:"warnings"`
	}
	jaegerRef struct {
		RefType string `json:"refType"` // CHILD_OF or FOLLOWS_FROM
		TraceID string `json:"traceID"`
		SpanID  string `json:"spanID"`
	}
	jaegerTag struct {
		Key   string `json:"key"`
		Type  string `json:"type"` // string, bool, int64, float64
		Value any    `json:"value"`
	}
	jaegerLog struct {
		Timestamp int64       `json:"timestamp"` // microseconds
		Fields    []jaegerTag `json:"fields"`
	}
	jaegerProcess struct {
		ServiceName string      `json:"serviceName"`
		Tags        []jaegerTag `json:"tags"`
	}
	jaegerOperation struct {
		Name     string `json:"name"`
		SpanKind string `json:"spanKind"`
	}
	jaegerDependency struct {
		Parent    string `json:"parent"`
		Child     string `json:"child"`
		CallCount int    `json:"callCount"`
	}
)

// jaegerOf converts a trace. Processes are numbered p1, p2 ... in the order of their first span.
func jaegerOf(t *Trace) jaegerTrace {
	out := jaegerTrace{TraceID: t.ID.String(), Spans: make([]jaegerSpan, 0, len(t.Spans)), Processes: map[string]jaegerProcess{}}
	ids := map[string]string{}
	for _, s := range t.Spans {
		key := fmt.Sprint(s.Resource.Service, s.Resource.Attrs)
		id, ok := ids[key]
		if !ok {
			id = "p" + strconv.Itoa(len(ids)+1)
			ids[key] = id
			out.Processes[id] = jaegerProcess{ServiceName: s.Resource.Service, Tags: jaegerTags(s.Resource.Attrs)}
		}
		out.Spans = append(out.Spans, jaegerSpanOf(s, id))
	}
	return out
}

func jaegerSpanOf(s *Span, process string) jaegerSpan {
	js := jaegerSpan{
		TraceID: s.TraceID.String(), SpanID: s.SpanID.String(), Flags: 1, OperationName: s.Name,
		References: []jaegerRef{}, StartTime: s.Start / 1000, Duration: (s.End - s.Start) / 1000,
		Tags: jaegerTags(s.Attrs), Logs: []jaegerLog{}, ProcessID: process,
	}
	if s.Parent.IsValid() {
		js.References = append(js.References, jaegerRef{"CHILD_OF", s.TraceID.String(), s.Parent.String()})
	}
	for _, l := range s.Links {
		js.References = append(js.References, jaegerRef{"FOLLOWS_FROM", l.TraceID.String(), l.SpanID.String()})
	}
	if s.Scope != "" {
		js.Tags = append(js.Tags, jaegerTag{"otel.scope.name", "string", s.Scope})
	}
	js.Tags = append(js.Tags, jaegerTag{"span.kind", "string", string(s.Kind)})
	if s.Failed {
		js.Tags = append(js.Tags, jaegerTag{"error", "bool", true}, jaegerTag{"otel.status_code", "string", "ERROR"})
		if s.Status != "" {
			js.Tags = append(js.Tags, jaegerTag{"otel.status_description", "string", s.Status})
		}
	}
	for _, e := range s.Events {
		fields := append([]jaegerTag{{"event", "string", e.Name}}, jaegerTags(e.Attrs)...)
		js.Logs = append(js.Logs, jaegerLog{Timestamp: e.Time / 1000, Fields: fields})
	}
	return js
}

func jaegerTags(attrs []Attr) []jaegerTag {
	tags := make([]jaegerTag, 0, len(attrs)+4)
	for _, a := range attrs {
		tags = append(tags, jaegerTagOf(a))
	}
	return tags
}

// maxSafe is the largest whole number that every reader of JSON keeps.
const maxSafe = 1<<53 - 1

// jaegerTagOf spells a list as JSON, and a whole number that JavaScript would round in digits.
func jaegerTagOf(a Attr) jaegerTag {
	switch v := a.Value.(type) {
	case bool:
		return jaegerTag{a.Key, "bool", v}
	case int64:
		if v > maxSafe || v < -maxSafe {
			return jaegerTag{a.Key, "int64", strconv.FormatInt(v, 10)}
		}
		return jaegerTag{a.Key, "int64", v}
	case float64:
		return jaegerTag{a.Key, "float64", v}
	case []string:
		if list, err := json.Marshal(v); err == nil {
			return jaegerTag{a.Key, "string", string(list)}
		}
	}
	return jaegerTag{a.Key, "string", a.Text()}
}
