package properties_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/properties"
)

func TestParse(t *testing.T) {
	text := "# a comment\n! another\n\n" +
		"brokerName=broker-a\n" +
		"  brokerId = 0 \r\n" +
		"namesrvAddr: 127.0.0.1:9876;127.0.0.1:9877\n" +
		"flag true\n" +
		"empty=\nalone\n" +
		"path=C:\\\\rocketmq\\tstore\n" +
		"long=one,\\\n     two\n" +
		"greek=\\u03b1 \\ud83d\\ude00\n" +
		"a\\=b=c\n" +
		"twice=1\ntwice=2"
	want := map[string]string{
		"brokerName": "broker-a", "brokerId": "0 ", "namesrvAddr": "127.0.0.1:9876;127.0.0.1:9877", "flag": "true", "empty": "",
		"alone": "", "path": "C:\\rocketmq\tstore", "long": "one,two", "greek": "α 😀", "a=b": "c", "twice": "2",
	}
	got, err := properties.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseNamesTheLineOfABadEscape(t *testing.T) {
	_, err := properties.Parse("a=1\nb=\\uzz\n")
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
}

func TestFormatIsSorted(t *testing.T) {
	if got := properties.Format(map[string]string{"b": "2", "a": "x=y"}); got != "a=x=y\nb=2\n" {
		t.Errorf("got %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a=b\nc:d\\\n e\n\\u0041=1")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := properties.Parse(text)
		if err == nil && len(values) > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Errorf("%d values from %q", len(values), text)
		}
	})
}
