package tracestore_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// jaegerTrace has each thing that Jaeger's model knows: tags of all types, logs, references of both kinds, a failed span.
const jaegerTrace = `producer | send T | producer | 0+800 | rocketmq.step=producer.send count=3 !send.validated@10 #send
  broker-a | SEND_MESSAGE_V2 | server | 200+300 | error rpc.method=SEND_MESSAGE_V2 #server

broker-a | doReput | internal | 450+20 | ^#server
`

func jaegerServer(t *testing.T, traces string) http.Handler {
	t.Helper()
	store := tracestore.New(tracestore.Config{})
	store.Add(parse(t, traces))
	return tracestore.JaegerHandler(store)
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: content type %q", path, got)
	}
	return w.Code, w.Body.String()
}

func TestJaegerShape(t *testing.T) {
	h := jaegerServer(t, jaegerTrace)
	for name, path := range map[string]string{
		"services":       "/api/services",
		"operationnames": "/api/services/broker-a/operations",
		"operations":     "/api/operations?service=producer",
		"trace":          "/api/traces/1",
		"linking":        "/api/traces/00000000000000000000000000000002",
		"search":         "/api/traces?service=producer&limit=20&lookback=custom_is_ignored_with_start&start=1&end=9999999999999999",
		"missing":        "/api/traces/ffff",
		"dependencies":   "/api/dependencies",
	} {
		_, body := get(t, h, path)
		golden(t, "jaeger_"+name+".json", body)
	}
}

// What Jaeger 2.13 answers for the same attributes; make stack compares with the real one.
func TestJaegerTagValues(t *testing.T) {
	spans := parse(t, jaegerTrace)
	spans[0].Attrs = []tracestore.Attr{
		{Key: "list", Value: []string{"a", `b "c"`}}, {Key: "none", Value: []string{}}, {Key: "safe", Value: int64(1<<53 - 1)},
		{Key: "large", Value: int64(1 << 53)}, {Key: "small", Value: int64(-1 << 53)}, {Key: "half", Value: 0.5}, {Key: "yes", Value: true},
	}
	store := tracestore.New(tracestore.Config{})
	store.Add(spans[:1])
	_, body := get(t, tracestore.JaegerHandler(store), "/api/traces/1")
	for _, want := range []string{
		`{"key":"list","type":"string","value":"[\"a\",\"b \\\"c\\\"\"]"}`, `{"key":"none","type":"string","value":"[]"}`,
		`{"key":"safe","type":"int64","value":9007199254740991}`, `{"key":"large","type":"int64","value":"9007199254740992"}`,
		`{"key":"small","type":"int64","value":"-9007199254740992"}`, `{"key":"half","type":"float64","value":0.5}`, `{"key":"yes","type":"bool","value":true}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
}

func golden(t *testing.T, name, body string) {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatalf("%s: %v in %s", name, err, body)
	}
	pretty, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := string(pretty) + "\n"
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestJaegerSearch(t *testing.T) {
	h := jaegerServer(t, tracetest.ColdSend)
	for path, want := range map[string]int{
		"/api/traces?service=namesrv":                                                 1,
		"/api/traces?service=broker-a":                                                2,
		"/api/traces?service=broker-a&operation=sendMessage":                          1,
		"/api/traces?service=broker-a&limit=1":                                        1,
		"/api/traces?service=broker-a&minDuration=5ms":                                1,
		"/api/traces?service=broker-a&maxDuration=5ms":                                1,
		"/api/traces?service=demo-producer&tags=%7B%22span.kind%22:%22producer%22%7D": 1,
		"/api/traces?service=broker-a&lookback=1h":                                    0,
		"/api/traces?service=broker-a&start=1&lookback=2d":                            2,
		"/api/traces?traceID=1&traceID=2":                                             2,
		"/api/traces":                                                                 2,
	} {
		code, body := get(t, h, path)
		var answer struct {
			Data []struct{ TraceID string }
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusOK || len(answer.Data) != want {
			t.Errorf("%s: %d, %d traces, want %d (%v)", path, code, len(answer.Data), want, err)
		}
	}
	for _, path := range []string{
		"/api/traces?service=a&limit=x", "/api/traces?service=a&minDuration=x", "/api/traces?service=a&tags=x", "/api/traces?service=a&start=x",
		"/api/traces?service=a&lookback=xd", "/api/traces?traceID=x", "/api/traces/zz", "/api/operations",
	} {
		if code, body := get(t, h, path); code != http.StatusBadRequest || !strings.Contains(body, `"code":400`) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}
