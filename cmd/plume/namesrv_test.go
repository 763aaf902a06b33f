package main

import (
	"os"
	"strings"
	"testing"

	"github.com/plumemq/plume/namesrv"
)

// What operators read about updates names the key that allows them, and every key that they can change.
func TestWhatUpdatesOfANameServerCanChangeIsWritten(t *testing.T) {
	page, err := os.ReadFile("../../docs/nameserver.md")
	if err != nil {
		t.Fatal(err)
	}
	defaults := namesrv.DefaultConfig()
	for where, text := range map[string]string{"plume namesrv --help": namesrvLong, "docs/nameserver.md": string(page)} {
		for key := range defaults.Values() {
			if (namesrv.Mutable(key) || key == "enableConfigUpdate") && !strings.Contains(text, key) {
				t.Errorf("%s does not name %s", where, key)
			}
		}
	}
}
