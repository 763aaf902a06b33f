package observ_test

import (
	"sync"
	"testing"

	"github.com/plumemq/plume/internal/observ"
)

func TestKeptIsMadeOnce(t *testing.T) {
	var kept observ.Kept[int, string]
	if kept.Load(1) != nil {
		t.Error("there is something before anything was kept")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for key := range 100 {
				mine := new(string)
				if first := kept.Keep(key, mine); first != kept.Load(key) {
					t.Errorf("%d: not what is kept", key)
				}
			}
		})
	}
	all.Wait()
	if n := testing.AllocsPerRun(100, func() { _ = kept.Load(50) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestKeptIsBounded(t *testing.T) {
	var kept observ.Kept[int, int]
	for key := range 5000 {
		if v := kept.Keep(key, &key); *v != key {
			t.Fatalf("%d for %d", *v, key)
		}
	}
	if kept.Load(0) == nil || kept.Load(4999) != nil {
		t.Error("not the first ones are kept, or all")
	}
}
