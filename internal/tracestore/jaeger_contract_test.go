package tracestore_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// A client's view of the answers: the fields that Grafana's data source and Jaeger's UI read.
type (
	namesAnswer struct {
		Data   []string `json:"data"`
		Errors any      `json:"errors"`
	}
	operationsAnswer struct {
		Data []struct {
			Name     *string `json:"name"`
			SpanKind *string `json:"spanKind"`
		} `json:"data"`
	}
	tracesAnswer struct {
		Data []struct {
			TraceID   string `json:"traceID"`
			Processes map[string]struct {
				ServiceName string            `json:"serviceName"`
				Tags        []json.RawMessage `json:"tags"`
			} `json:"processes"`
			Spans []struct {
				TraceID       string `json:"traceID"`
				SpanID        string `json:"spanID"`
				ProcessID     string `json:"processID"`
				OperationName string `json:"operationName"`
				StartTime     int64  `json:"startTime"`
				Duration      int64  `json:"duration"`
				References    []struct {
					RefType string `json:"refType"`
					TraceID string `json:"traceID"`
					SpanID  string `json:"spanID"`
				} `json:"references"`
				Tags []struct {
					Key   string `json:"key"`
					Type  string `json:"type"`
					Value any    `json:"value"`
				} `json:"tags"`
				Logs []struct {
					Timestamp int64             `json:"timestamp"`
					Fields    []json.RawMessage `json:"fields"`
				} `json:"logs"`
			} `json:"spans"`
		} `json:"data"`
		Errors []struct {
			Code int    `json:"code"`
			Msg  string `json:"msg"`
		} `json:"errors"`
	}
	dependenciesAnswer struct {
		Data []struct {
			Parent    string `json:"parent"`
			Child     string `json:"child"`
			CallCount int    `json:"callCount"`
		} `json:"data"`
	}
)

// began is when the traces of these tests began.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ask decodes an answer as a client does.
func ask[T any](t *testing.T, h http.Handler, path string, want int) (answer T) {
	t.Helper()
	code, body := get(t, h, path)
	if code != want {
		t.Fatalf("%s: %d %s", path, code, body)
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%s: %v in %s", path, err, body)
	}
	return answer
}

func contractServer(t *testing.T) http.Handler {
	t.Helper()
	spans, err := tracetest.Parse(tracetest.ColdSend, began)
	if err != nil {
		t.Fatal(err)
	}
	store := tracestore.New(tracestore.Config{})
	store.Add(spans)
	return tracestore.JaegerHandler(store)
}

// What Grafana's data source asks: its health check and the pickers, a search with logfmt tags turned to JSON, a trace by id with or
// without times, the node graph.
func TestGrafanaContract(t *testing.T) {
	h := contractServer(t)
	services := ask[namesAnswer](t, h, "/api/services", 200)
	if len(services.Data) == 0 || services.Errors != nil {
		t.Fatalf("%+v", services)
	}
	for _, s := range services.Data {
		if len(ask[namesAnswer](t, h, "/api/services/"+url.PathEscape(s)+"/operations", 200).Data) == 0 {
			t.Errorf("%s has no operations", s)
		}
	}
	if none := ask[namesAnswer](t, h, "/api/services/nobody/operations", 200); none.Data == nil || len(none.Data) != 0 {
		t.Errorf("a service that is not there: %+v", none)
	}
	search := url.Values{
		"service": {"demo-producer"}, "operation": {"send TopicTest"}, "tags": {`{"rocketmq.step":"producer.send"}`},
		"minDuration": {"1us"}, "maxDuration": {"1h"}, "limit": {"20"},
		"start": {strconv.FormatInt(began.Add(-time.Hour).UnixMicro(), 10)}, "end": {strconv.FormatInt(began.Add(time.Hour).UnixMicro(), 10)},
	}
	found := ask[tracesAnswer](t, h, "/api/traces?"+search.Encode(), 200)
	if len(found.Data) != 1 || found.Errors != nil {
		t.Fatalf("%d traces", len(found.Data))
	}
	id := found.Data[0].TraceID
	for _, path := range []string{"/api/traces/" + id, "/api/traces/" + id + "?start=1&end=2"} {
		checkTrace(t, ask[tracesAnswer](t, h, path, 200), id)
	}
	if missing := ask[tracesAnswer](t, h, "/api/traces/ffff", 404); len(missing.Errors) != 1 || missing.Errors[0].Code != 404 || missing.Errors[0].Msg != "trace not found" {
		t.Errorf("%+v", missing)
	}
}

// checkTrace is what a client relies on when it draws a trace: every span has a process, a parent that is there or none, and times.
func checkTrace(t *testing.T, got tracesAnswer, id string) {
	t.Helper()
	if len(got.Data) != 1 || got.Data[0].TraceID != id || len(got.Data[0].Spans) < 10 {
		t.Fatalf("%+v", got)
	}
	trace := got.Data[0]
	spans, roots := map[string]bool{}, 0
	for _, s := range trace.Spans {
		spans[s.SpanID] = true
	}
	for _, s := range trace.Spans {
		if _, ok := trace.Processes[s.ProcessID]; !ok || s.TraceID != id || s.OperationName == "" || s.StartTime < began.UnixMicro() || s.Duration < 0 {
			t.Errorf("span %+v", s)
		}
		if s.References == nil || s.Tags == nil || s.Logs == nil {
			t.Errorf("span %s: the UI wants lists, not null", s.OperationName)
		}
		parents := 0
		for _, ref := range s.References {
			if ref.RefType == "CHILD_OF" {
				parents++
				if !spans[ref.SpanID] || ref.TraceID != id {
					t.Errorf("span %s: its parent is not there", s.OperationName)
				}
			}
		}
		if parents == 0 {
			roots++
		}
		for _, tag := range s.Tags {
			want := map[string]string{"string": "string", "bool": "bool", "int64": "float64", "float64": "float64"}[tag.Type]
			if fmt.Sprintf("%T", tag.Value) != want {
				t.Errorf("tag %s: %T called %s", tag.Key, tag.Value, tag.Type)
			}
		}
	}
	if roots != 1 {
		t.Errorf("%d roots", roots)
	}
}

// What Jaeger's UI asks beside that: operations with kinds for its monitor, several traces by id for a comparison, the dependencies of
// a time, metrics that are not there, and an archive that is not there.
func TestJaegerUIContract(t *testing.T) {
	h := contractServer(t)
	ops := ask[operationsAnswer](t, h, "/api/operations?service=namesrv&spanKind=server", 200)
	if len(ops.Data) == 0 {
		t.Error("no operations")
	}
	for _, op := range ops.Data {
		if op.Name == nil || op.SpanKind == nil || *op.SpanKind != "server" {
			t.Errorf("%+v", op)
		}
	}
	if both := ask[tracesAnswer](t, h, "/api/traces?traceID=1&traceID=2", 200); len(both.Data) != 2 {
		t.Errorf("%d of two traces", len(both.Data))
	}
	millis := func(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }
	if deps := ask[dependenciesAnswer](t, h, "/api/dependencies?endTs="+millis(began.Add(time.Hour))+"&lookback=604800000", 200); len(deps.Data) == 0 {
		t.Error("no dependencies")
	}
	if deps := ask[dependenciesAnswer](t, h, "/api/dependencies?endTs="+millis(began.Add(-time.Hour))+"&lookback=1000", 200); deps.Data == nil || len(deps.Data) != 0 {
		t.Errorf("of another time: %+v", deps)
	}
	ask[tracesAnswer](t, h, "/api/dependencies?endTs=x", 400)
	ask[tracesAnswer](t, h, "/api/dependencies?endTs=1&lookback=x", 400)
	for _, path := range []string{"latencies?quantile=0.95", "calls?a", "errors?a", "minstep?a"} {
		if a := ask[tracesAnswer](t, h, "/api/metrics/"+path+"&service=namesrv", 501); len(a.Errors) != 1 || a.Errors[0].Code != 501 {
			t.Errorf("metrics: %+v", a)
		}
	}
	for _, path := range []string{"/api/", "/api/quality-metrics", "/api/v3/services"} {
		if a := ask[tracesAnswer](t, h, path, 404); len(a.Errors) != 1 || a.Errors[0].Code != 404 {
			t.Errorf("%s: %+v", path, a)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/api/archive/1", nil)
	r.Header.Set("Origin", "https://elsewhere.example")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("archive: %d", w.Code)
	}
	for key := range w.Header() {
		if key == "Access-Control-Allow-Origin" {
			t.Error("another site's page may read this")
		}
	}
}
