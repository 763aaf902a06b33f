package observatory_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/observatory"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// exported is the export of traces written as text, by an observatory that never listened.
func exported(t *testing.T, traces string) (dir string) {
	t.Helper()
	spans, err := tracetest.Parse(traces, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	store := tracestore.New(tracestore.Config{})
	store.Add(spans)
	dir = t.TempDir()
	if _, err := observatory.New(observatory.Config{Pages: site.Config{Store: store}}).Export(t.Context(), dir, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

const background = "broker-a | registerBrokerAll | internal | 0+900 | rocketmq.step=outer.registerBrokerAll\n"

// An export tells of messages; what else went on is left out, unless there is nothing else.
func TestAnExportTellsOfMessages(t *testing.T) {
	for traces, want := range map[string]int{tracetest.ColdSend: 2, tracetest.ColdSend + "\n\n" + background: 2, background: 1} {
		pages, err := filepath.Glob(filepath.Join(exported(t, traces), "trace", "*", "index.html"))
		if err != nil || len(pages) != want {
			t.Errorf("%d pages of traces, want %d: %v", len(pages), want, err)
			continue
		}
		text, err := os.ReadFile(pages[0])
		if err != nil || strings.Contains(string(text), "registerBrokerAll") != (want == 1) {
			t.Errorf("%s, %v", pages[0], err)
		}
	}
}
