package tracestore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// JaegerHandler answers the part of Jaeger's query API that its UI and Grafana's data source use: /api/services,
// /api/services/{service}/operations, /api/operations, /api/traces, /api/traces/{id} and /api/dependencies. /api/metrics/ says, as a
// Jaeger without a metrics store does, that there are none, and the UI hides its monitor.
//
// The UI and Grafana ask from their own servers; no browser's page of another site is let in, so no CORS header is ever sent.
func JaegerHandler(store *Store) http.Handler {
	j := &jaegerAPI{store: store}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/services", j.services)
	mux.HandleFunc("GET /api/services/{service}/operations", j.operationNames)
	mux.HandleFunc("GET /api/operations", j.operations)
	mux.HandleFunc("GET /api/traces", j.search)
	mux.HandleFunc("GET /api/traces/{id}", j.trace)
	mux.HandleFunc("GET /api/dependencies", j.dependencies)
	mux.HandleFunc("GET /api/metrics/", func(w http.ResponseWriter, _ *http.Request) {
		refuseJaeger(w, http.StatusNotImplemented, "metrics querying is disabled: there is no metrics store here")
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		refuseJaeger(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path+" here")
	})
	return mux
}

type jaegerAPI struct{ store *Store }

func (j *jaegerAPI) services(w http.ResponseWriter, _ *http.Request) {
	names := j.store.Services()
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: nonNil(names), Total: len(names)})
}

func (j *jaegerAPI) operationNames(w http.ResponseWriter, r *http.Request) {
	names := []string{}
	for _, op := range j.store.Operations(r.PathValue("service"), "") {
		if !slices.Contains(names, op.Name) {
			names = append(names, op.Name)
		}
	}
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: names, Total: len(names)})
}

func (j *jaegerAPI) operations(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("service") == "" {
		refuseJaeger(w, http.StatusBadRequest, "parameter 'service' is required")
		return
	}
	ops := []jaegerOperation{}
	for _, op := range j.store.Operations(q.Get("service"), Kind(q.Get("spanKind"))) {
		ops = append(ops, jaegerOperation{op.Name, string(op.Kind)})
	}
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: ops, Total: len(ops)})
}

// search finds traces; unlike Jaeger it also answers without a service, with the newest of all.
func (j *jaegerAPI) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if ids := q["traceID"]; len(ids) > 0 {
		j.byIDs(w, ids)
		return
	}
	f, err := jaegerFilter(q, time.Now())
	if err != nil {
		refuseJaeger(w, http.StatusBadRequest, err.Error())
		return
	}
	found := []jaegerTrace{}
	for _, sum := range j.store.List(f) {
		if t, ok := j.store.Trace(sum.ID); ok {
			found = append(found, jaegerOf(t))
		}
	}
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: found})
}

func (j *jaegerAPI) byIDs(w http.ResponseWriter, ids []string) {
	found, errs := []jaegerTrace{}, []jaegerError(nil)
	for _, s := range ids {
		id, ok := ParseTraceID(s)
		if !ok {
			refuseJaeger(w, http.StatusBadRequest, fmt.Sprintf("cannot parse trace ID %q", s))
			return
		}
		if t, ok := j.store.Trace(id); ok {
			found = append(found, jaegerOf(t))
		} else {
			errs = append(errs, jaegerError{Msg: "trace not found", TraceID: s})
		}
	}
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: found, Errors: errs})
}

func (j *jaegerAPI) trace(w http.ResponseWriter, r *http.Request) {
	id, ok := ParseTraceID(r.PathValue("id"))
	if !ok {
		refuseJaeger(w, http.StatusBadRequest, fmt.Sprintf("cannot parse trace ID %q", r.PathValue("id")))
		return
	}
	t, ok := j.store.Trace(id)
	if !ok {
		refuseJaeger(w, http.StatusNotFound, "trace not found")
		return
	}
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: []jaegerTrace{jaegerOf(t)}})
}

// dependencies counts the calls between services in what the store holds of the time asked for.
func (j *jaegerAPI) dependencies(w http.ResponseWriter, r *http.Request) {
	f, err := dependenciesFilter(r.URL.Query())
	if err != nil {
		refuseJaeger(w, http.StatusBadRequest, err.Error())
		return
	}
	counts := map[[2]string]int{}
	for _, sum := range j.store.List(f) {
		t, ok := j.store.Trace(sum.ID)
		if !ok {
			continue
		}
		services := map[SpanID]string{}
		for _, s := range t.Spans {
			services[s.SpanID] = s.Resource.Service
		}
		for _, s := range t.Spans {
			if parent, ok := services[s.Parent]; ok && parent != s.Resource.Service {
				counts[[2]string{parent, s.Resource.Service}]++
			}
		}
	}
	deps := []jaegerDependency{}
	for pair, n := range counts {
		deps = append(deps, jaegerDependency{pair[0], pair[1], n})
	}
	slices.SortFunc(deps, func(a, b jaegerDependency) int {
		return strings.Compare(a.Parent+"\x00"+a.Child, b.Parent+"\x00"+b.Child)
	})
	answerJaeger(w, http.StatusOK, jaegerAnswer{Data: deps, Total: len(deps)})
}

// dependenciesFilter reads the end of the time asked for and its length, both in milliseconds; without an end it is all time.
func dependenciesFilter(q url.Values) (Filter, error) {
	f := Filter{Limit: 1000}
	if q.Get("endTs") == "" {
		return f, nil
	}
	end, err := strconv.ParseInt(q.Get("endTs"), 10, 64)
	if err != nil {
		return f, fmt.Errorf("unable to parse param 'endTs': %w", err)
	}
	f.Before = time.UnixMilli(end)
	if q.Get("lookback") == "" {
		return f, nil
	}
	lookback, err := strconv.ParseInt(q.Get("lookback"), 10, 64)
	if err != nil {
		return f, fmt.Errorf("unable to parse param 'lookback': %w", err)
	}
	f.After = time.UnixMilli(end - lookback)
	return f, nil
}

// maxTraces bounds the traces of one answer, whatever is asked for.
const maxTraces = 1500

// jaegerFilter reads the search's parameters: times in microseconds, durations as Go writes them, tags as a JSON object.
func jaegerFilter(q url.Values, now time.Time) (Filter, error) {
	f := Filter{Service: q.Get("service"), Operation: q.Get("operation"), Limit: 100}
	if f.Operation == "all" {
		f.Operation = ""
	}
	var err error
	read := func(name string, into func(string) error) {
		if v := q.Get(name); v != "" && err == nil {
			if e := into(v); e != nil {
				err = fmt.Errorf("unable to parse param '%s': %w", name, e)
			}
		}
	}
	read("limit", func(v string) (e error) {
		f.Limit, e = strconv.Atoi(v)
		f.Limit = min(f.Limit, maxTraces)
		return
	})
	read("minDuration", func(v string) (e error) { f.MinDuration, e = time.ParseDuration(v); return })
	read("maxDuration", func(v string) (e error) { f.MaxDuration, e = time.ParseDuration(v); return })
	read("tags", func(v string) error { return json.Unmarshal([]byte(v), &f.Attrs) })
	read("start", func(v string) (e error) { f.After, e = parseMicros(v); return })
	read("end", func(v string) (e error) { f.Before, e = parseMicros(v); return })
	if q.Get("start") == "" {
		read("lookback", func(v string) error {
			d, e := parseLookback(v)
			f.After = now.Add(-d)
			return e
		})
	}
	return f, err
}

func parseMicros(v string) (time.Time, error) {
	n, err := strconv.ParseInt(v, 10, 64)
	return time.UnixMicro(n), err //nolint:wrapcheck // the caller names the parameter
}

// parseLookback also knows days ("2d"), which the UI sends and time.ParseDuration does not know.
func parseLookback(v string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(v, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err //nolint:wrapcheck // as above
	}
	return time.ParseDuration(v) //nolint:wrapcheck // as above
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func refuseJaeger(w http.ResponseWriter, code int, msg string) {
	answerJaeger(w, code, jaegerAnswer{Errors: []jaegerError{{Code: code, Msg: msg}}})
}

func answerJaeger(w http.ResponseWriter, code int, a jaegerAnswer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(a) // the reader has gone: nothing to do
}
