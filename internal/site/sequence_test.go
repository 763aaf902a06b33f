package site_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// A send whose first broker cannot be reached, whose second one takes the request and loses the connection, and whose third one answers.
const threeAttempts = `producer | send T | producer | 0+9000 | rocketmq.step=producer.send
  producer | getAndCreateChannel | internal | 100+200 | rocketmq.step=remoting.getAndCreateChannel error
  producer | SEND_MESSAGE_V2 | client | 1000+900 | rocketmq.step=remoting.client.SEND_MESSAGE_V2 error
  producer | SEND_MESSAGE_V2 | client | 3000+900 | rocketmq.step=remoting.client.SEND_MESSAGE_V2 rpc.response.status_code=SUCCESS !response.matched@3900
    broker | SEND_MESSAGE_V2 | server | 3100+700 | rocketmq.step=remoting.server.SEND_MESSAGE_V2
`

var (
	arrowMarkup = regexp.MustCompile(`(?s)class="arrow([^"]*)">.*?<text[^>]*>([^<]*)</text>`)
	arrowLine   = regexp.MustCompile(`<line x1="(\d+)" x2="(\d+)" y1="(\d+)"`)
)

// arrows are the classes and texts of a sequence's arrows, from the top.
func arrows(t *testing.T, body string) (out []string) {
	t.Helper()
	for _, m := range arrowMarkup.FindAllStringSubmatch(body, -1) {
		out = append(out, strings.TrimSpace(m[1]+" "+m[2]))
	}
	return out
}

// Calls, their answers and what reached nobody, in the order in which they happened.
func TestTheSequenceOfAttempts(t *testing.T) {
	body := newFixture(t, threeAttempts).get(t, coldTrace+"/sequence").Body.String()
	want := []string{
		"err lost getAndCreateChannel · 200 µs", "err lost SEND_MESSAGE_V2 · 900 µs", "SEND_MESSAGE_V2 · 700 µs", "answer answer · SUCCESS",
	}
	if got := arrows(t, body); !slices.Equal(got, want) {
		t.Errorf("arrows %q, want %q", got, want)
	}
	lines := arrowLine.FindAllStringSubmatch(body, -1)
	if call, answer := lines[2], lines[3]; call[1] != answer[2] || call[2] != answer[1] {
		t.Errorf("the answer does not go back where the call came from: %v %v", call, answer)
	}
}

// A one-way call has no answer; the message's way to its consumer is no call.
func TestWhatHasNoAnswer(t *testing.T) {
	body := newFixture(t, strings.ReplaceAll(threeAttempts, "!response.matched@3900", "")).get(t, coldTrace+"/sequence").Body.String()
	if strings.Contains(body, "answer") {
		t.Error("a call without an answer has one")
	}
	mustContain(t, newFixture(t, tracetest.ColdSend).get(t, coldTrace+"/sequence").Body.String(), `class="arrow dashed"`)
}
