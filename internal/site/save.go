package site

import (
	"net/http"

	"go.uber.org/zap"
)

// save answers with all traces as a file, which [tracestore.Store.Load] and other tools read. Every answer of this site is for its own pages
// alone, this one too.
func (s *Site) save(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="plume-traces.jsonl"`)
	h.Set("Cache-Control", "no-store")
	if _, err := s.cfg.Store.Save(w); err != nil {
		s.log.Warn("traces were not saved", zap.Error(err))
		panic(http.ErrAbortHandler) // so that who reads does not take what came for all
	}
}
