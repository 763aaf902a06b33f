package main

import (
	"strings"
	"testing"
)

func TestTheDemoSaysThatItPropagates(t *testing.T) {
	if w := demoWarnings(); len(w) != 0 {
		t.Errorf("nothing was asked for: %v", w)
	}
	t.Setenv("OTEL_PROPAGATORS", "none")
	if w := demoWarnings(); len(w) != 1 || !strings.Contains(w[0], "OTEL_PROPAGATORS") {
		t.Errorf("%v", w)
	}
}
