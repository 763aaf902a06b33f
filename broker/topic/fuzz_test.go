package topic_test

import (
	"strings"
	"testing"

	"github.com/plumemq/plume/broker/topic"
)

// FuzzParseAttributes: whatever request 17 carries, nothing panics, and every change says whether it adds or removes.
func FuzzParseAttributes(f *testing.F) {
	f.Add("+message.type=FIFO,-queue.type")
	f.Add("+a=1,+a=2")
	f.Add("a=1")
	f.Add(" , +=")
	f.Fuzz(func(t *testing.T, text string) {
		changes, err := topic.ParseAttributes(text)
		if err != nil {
			return
		}
		for key := range changes {
			if !strings.HasPrefix(key, "+") && !strings.HasPrefix(key, "-") {
				t.Fatalf("%q of %q", key, text)
			}
		}
	})
}
