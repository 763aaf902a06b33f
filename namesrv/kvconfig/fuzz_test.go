package kvconfig_test

import (
	"errors"
	"testing"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/namesrv/kvconfig"
)

// FuzzLoad: whatever kvConfig.json holds, it is refused as corrupt, or values can be put beside what was read, and are there after the
// next start.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"b:4"}}}`))
	f.Add([]byte(`{"configTable":{"n":null}}`))
	f.Add([]byte(`{"configTable":`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		const file = "/namesrv/kvConfig.json"
		d := simdisk.New(1)
		if err := errors.Join(d.MkdirAll("/namesrv"), disk.WriteFile(d, file, data)); err != nil {
			t.Fatal(err)
		}
		m, err := kvconfig.Load(d, file)
		if err != nil {
			if !errors.Is(err, kvconfig.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if err := m.PutKVConfig("n", "k", "v"); err != nil {
			t.Fatal(err)
		}
		again, err := kvconfig.Load(d, file)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := again.GetKVConfig("n", "k"); !ok || v != "v" {
			t.Fatalf("%q, %v", v, ok)
		}
	})
}
