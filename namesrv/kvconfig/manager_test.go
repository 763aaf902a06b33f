package kvconfig_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/namesrv/kvconfig"
)

func load(t *testing.T, path string) *kvconfig.Manager {
	t.Helper()
	m, err := kvconfig.Load(disk.System, path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func put(t *testing.T, m *kvconfig.Manager, key, value string) {
	t.Helper()
	if err := m.PutKVConfig("n", key, value); err != nil {
		t.Fatal(err)
	}
}

func TestValuesSurvive(t *testing.T) {
	path := filepath.ToSlash(filepath.Join(t.TempDir(), "deep", "kvConfig.json"))
	m := load(t, path)
	put(t, m, "k", "a \"quoted\" ünicode value")
	put(t, m, "gone", "x")
	if err := m.DeleteKVConfig("n", "gone"); err != nil {
		t.Fatal(err)
	}
	if err := m.DeleteKVConfig("nowhere", "k"); err != nil {
		t.Fatal(err)
	}
	m = load(t, path)
	if v, ok := m.GetKVConfig("n", "k"); !ok || v != "a \"quoted\" ünicode value" {
		t.Errorf("got %q, %v", v, ok)
	}
	if _, ok := m.GetKVConfig("n", "gone"); ok {
		t.Error("a deleted value came back")
	}
	if _, ok := m.GetKVListByNamespace("nowhere"); ok {
		t.Error("a namespace out of nowhere")
	}
}

func TestApachesFileLoads(t *testing.T) {
	path := filepath.ToSlash(filepath.Join(t.TempDir(), "kvConfig.json"))
	if err := os.WriteFile(path, []byte(`{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"a:4;b:4"},"empty":{}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, _ := load(t, path).GetKVConfig(kvconfig.NamespaceOrderTopicConfig, "T"); v != "a:4;b:4" {
		t.Errorf("got %q", v)
	}
}

func TestTheBackupStandsInForADamagedFile(t *testing.T) {
	path := filepath.ToSlash(filepath.Join(t.TempDir(), "kvConfig.json"))
	m := load(t, path)
	put(t, m, "k", "1")
	put(t, m, "k", "2")
	if err := os.WriteFile(path, []byte(`{"configTable`), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, _ := load(t, path).GetKVConfig("n", "k"); v != "1" {
		t.Errorf("got %q, want the value before the last", v)
	}
	if err := os.Remove(path + ".bak"); err != nil {
		t.Fatal(err)
	}
	if _, err := kvconfig.Load(disk.System, path); !errors.Is(err, kvconfig.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAPathNothingIsKept(t *testing.T) {
	m := load(t, "")
	put(t, m, "k", "v")
	if v, ok := m.GetKVConfig("n", "k"); !ok || v != "v" {
		t.Errorf("got %q, %v", v, ok)
	}
}
