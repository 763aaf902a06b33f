package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// javaStore unpacks a store that Apache's broker wrote.
func javaStore(t *testing.T) string {
	t.Helper()
	z, err := zip.OpenReader("../../broker/store/testdata/java-5.5.0-closed.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDump(t *testing.T) {
	dir := javaStore(t)
	code, out, errs := plume(t, "dump", dir, "commitlog", "--topic", "StoreJ", "--queue", "2", "--count", "1", "--body")
	if code != exitOK || !strings.HasPrefix(out, "record file=commitlog/00000000000000000000 offset=") || !strings.Contains(out, " queue=2@0 ") ||
		!strings.Contains(out, ` KEYS="key2 all"`) || !strings.Contains(out, ` body="body 2 xx"`) || strings.Count(out, "\n") != 1 {
		t.Errorf("%d %s%s", code, out, errs)
	}
	code, out, errs = plume(t, "dump", dir, "--json")
	kinds := map[string]int{}
	for line := range strings.Lines(out) {
		var d dumped
		if err := json.Unmarshal([]byte(line), &d); err != nil || d.Body != nil {
			t.Fatalf("%v %s", err, line)
		}
		kinds[d.Kind]++
	}
	if code != exitOK || kinds["checkpoint"] != 1 || kinds["index"] != 1 || kinds["record"] < 304 || kinds["unit"] != kinds["record"] || kinds["entry"] < 300 || len(kinds) != 5 {
		t.Errorf("%d %v %s", code, kinds, errs)
	}
	log := filepath.Join(dir, "commitlog", "00000000000000000000")
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	data[89] ^= 1 // in the first body
	if err := os.WriteFile(log, data, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs = plume(t, "dump", dir, "commitlog")
	if code != exitFailed || !strings.HasPrefix(out, "damage file=commitlog/00000000000000000000 offset=0 skipped=record: ") || !strings.Contains(errs, "1 place(s)") {
		t.Errorf("%d %.300s %s", code, out, errs)
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "want checkpoint, commitlog", []string{"dump", dir, "config"}}, {exitUsage, "accepts between 1 and 2", []string{"dump"}},
		{exitFailed, "no store here", []string{"dump", t.TempDir()}},
	} {
		if code, _, errs := plume(t, c.args...); code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%v: %d %s", c.args, code, errs)
		}
	}
}
