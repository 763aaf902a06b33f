package main

import (
	"encoding/json"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

var sentID = regexp.MustCompile(`id ([0-9A-F]+)`)

func TestMessageTrace(t *testing.T) {
	ns := cluster(t)
	if code, _, errs := plume(t, "trace", "X", "-n", ns); code != exitUnknownTopic || !strings.Contains(errs, "traceTopicEnable") {
		t.Errorf("no trace topic: %d %s", code, errs)
	}
	code, out, errs := plume(t, "send", "T", "-n", ns, "-b", "hello", "-k", "k1 k2", "-t", "paid", "--message-trace")
	id := sentID.FindStringSubmatch(out)
	if code != exitOK || id == nil {
		t.Fatalf("send: %d %q %s", code, out, errs)
	}
	if code, out, errs := plume(t, "consume", "T", "-n", ns, "--from", "first", "--count", "1", "--message-trace", "-g", "readers"); code != exitOK {
		t.Fatalf("consume: %d %q %s", code, out, errs)
	}
	deadline := time.Now().Add(20 * time.Second)
	for ; ; time.Sleep(10 * time.Millisecond) { // until the index has all of it
		if code, out, errs = plume(t, "trace", id[1], "-n", ns); code == exitOK && strings.Count(out, "\n") == 4 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("trace: %d\n%s%s", code, out, errs)
		}
	}
	for i, want := range []string{
		`^TIME +WHAT +GROUP +CLIENT +TOOK +RESULT +DETAIL$`,
		`^\d{4}-.*  Pub +plume_cli_producer +127\.0\.0\.1 +\d+m?s +success +topic=T tags=paid keys=k1,k2 type=normal bytes=5 broker=127\.0\.0\.1:\d+$`,
		`  SubBefore +readers +127\.0\.0\.1 +attempt=1$`, `  SubAfter +readers +127\.0\.0\.1 +\d+m?s +success *$`,
	} {
		if line := strings.Split(out, "\n")[i]; !regexp.MustCompile(want).MatchString(line) {
			t.Errorf("line %d is %q, want %s", i, line, want)
		}
	}
	code, out, errs = plume(t, "trace", id[1], "-n", ns, "--format", "json")
	var types []string
	for line := range strings.Lines(out) {
		var r tracedJSON
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.MsgID != id[1] || len(r.Keys) != 2 {
			t.Errorf("%v %s", err, line)
		}
		types = append(types, r.Type)
	}
	if got := strings.Join(types, " "); code != exitOK || got != "Pub SubBefore SubAfter" {
		t.Errorf("%d %s%s", code, got, errs)
	}
	if code, _, errs := plume(t, "trace", "7F000000", "-n", ns); code != exitFailed || !strings.Contains(errs, "no trace") || !strings.Contains(errs, "5 s") {
		t.Errorf("no such id: %d %s", code, errs)
	}
}

func TestTraceFails(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := free.Addr().String()
	free.Close()
	if code, _, errs := plume(t, "trace", "X", "-n", nobody); code != exitUnreachable || !strings.Contains(errs, nobody) {
		t.Errorf("%d %s", code, errs)
	}
	if code, _, errs := plume(t, "trace", "X", "--format", "xml"); code != exitUsage || !strings.Contains(errs, "--format xml") {
		t.Errorf("%d %s", code, errs)
	}
}
