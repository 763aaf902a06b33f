package site

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// The pace of live updates.
const (
	gather     = 150 * time.Millisecond // changes within it go out together
	heartbeat  = 15 * time.Second       // so that a dead connection is noticed
	mostAtOnce = 50                     // traces per update; the rest would scroll by unseen
)

// update is one changed trace, as the page's script reads it.
type update struct {
	ID       string `json:"id"`
	HTML     string `json:"html"` // its line in the list
	Message  bool   `json:"message"`
	Failed   bool   `json:"failed"`
	Complete bool   `json:"complete"`
	Spans    int    `json:"spans"`
}

// events streams changed traces as server-sent events until the reader goes away.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	sub := s.cfg.Store.Subscribe()
	defer sub.Close()
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	if _, err := fmt.Fprint(w, "retry: 1000\n\n"); err != nil || out.Flush() != nil {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-alive.C:
			if _, err := fmt.Fprint(w, ": alive\n\n"); err != nil {
				return
			}
		case <-sub.Ready():
			if !pause(r, gather) || !s.writeUpdates(w, langOf(r), sub.Take()) {
				return
			}
		}
		if out.Flush() != nil {
			return
		}
	}
}

// pause waits, or returns false when the reader has gone.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (s *Site) writeUpdates(w http.ResponseWriter, lang walkthrough.Lang, ids []tracestore.TraceID) bool {
	updates := make([]update, 0, len(ids))
	for _, id := range ids[max(0, len(ids)-mostAtOnce):] {
		t, ok := s.cfg.Store.Trace(id)
		if !ok {
			continue
		}
		line, err := s.text(lang, "trace", "item", s.item(&t.Summary, ""))
		if err != nil {
			continue
		}
		updates = append(updates, update{
			ID: id.String(), HTML: line, Message: t.Message, Failed: t.Failed > 0, Complete: t.Complete, Spans: len(t.Spans),
		})
	}
	data, err := json.Marshal(updates)
	if err != nil {
		return false
	}
	_, err = fmt.Fprintf(w, "event: traces\ndata: %s\n\n", data)
	return err == nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader has gone: nothing to do
}
