package reliability

import (
	"fmt"
	"strings"
	"testing"
)

// found is a message as the drain of its queue found it.
type found struct {
	seen
	offset int64
	intact bool // the body is one that was sent
}

// history is everything known about a run.
type history struct {
	// acks are what producers were told.
	acks []ack
	// earlier is what the reader saw while brokers came and went.
	earlier map[place]seen
	// queues are the queues in the end, read from the first message to the last.
	queues map[int32][]found
}

// check lists what is wrong with a history:
//   - an acknowledged message is not where its producer was told, or is another one;
//   - a message that a reader saw has gone, or become another one;
//   - a queue has a gap, a repetition, or does not begin at 0;
//   - a body is not one that was sent.
func check(h history) (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	held := map[place]seen{}
	for queue, messages := range h.queues {
		for i, m := range messages {
			if m.offset != int64(i) {
				complain("queue %d: message %d has offset %d", queue, i, m.offset)
			}
			if !m.intact {
				complain("queue %d, offset %d: nobody sent this body", queue, m.offset)
			}
			held[place{queue, m.offset}] = m.seen
		}
	}
	told := map[place]string{}
	for _, a := range h.acks {
		if m, ok := held[a.place]; !ok {
			complain("queue %d, offset %d: acknowledged message %s is lost", a.queue, a.offset, a.msgID)
		} else if m != a.seen {
			complain("queue %d, offset %d: acknowledged was %s, there is %s", a.queue, a.offset, a.msgID, m.msgID)
		}
		if other, ok := told[a.place]; ok {
			complain("queue %d, offset %d: acknowledged for %s and for %s", a.queue, a.offset, other, a.msgID)
		}
		told[a.place] = a.msgID
	}
	for p, m := range h.earlier {
		if now, ok := held[p]; !ok {
			complain("queue %d, offset %d: %s was read once and is gone", p.queue, p.offset, m.msgID)
		} else if now != m {
			complain("queue %d, offset %d: %s was read once, there is %s now", p.queue, p.offset, m.msgID, now.msgID)
		}
	}
	return wrong
}

// report fails the test with the first of what is wrong.
func report(t *testing.T, wrong []string) {
	t.Helper()
	if len(wrong) > 0 {
		t.Errorf("%d violations, the first of them:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], "\n"))
	}
}

// soundHistory is one of two queues with nothing wrong.
func soundHistory() history {
	h := history{earlier: map[place]seen{}, queues: map[int32][]found{}}
	for queue := range int32(2) {
		for offset := range int64(5) {
			m := seen{fmt.Sprint(queue, "-", offset), uint64(queue)<<32 + uint64(offset)}
			h.queues[queue] = append(h.queues[queue], found{m, offset, true})
			h.acks = append(h.acks, ack{place{queue, offset}, m})
			h.earlier[place{queue, offset}] = m
		}
	}
	return h
}

// The checker finds what is planted, and nothing else.
func TestCheck(t *testing.T) {
	drop := func(h *history, offset int64) {
		h.queues[1] = append(h.queues[1][:offset:offset], h.queues[1][offset+1:]...)
	}
	for _, c := range []struct {
		name  string
		spoil func(h *history)
		want  string // "" for nothing wrong
	}{
		{"sound", func(*history) {}, ""},
		{"an unacknowledged message at the end", func(h *history) { h.acks = h.acks[:9]; delete(h.earlier, place{1, 4}) }, ""},
		{"the last message lost", func(h *history) { drop(h, 4) }, "acknowledged message 1-4 is lost"},
		{"a gap", func(h *history) { drop(h, 2) }, "message 2 has offset 3"},
		{"a repetition", func(h *history) { h.queues[0] = append(h.queues[0], h.queues[0][4]) }, "message 5 has offset 4"},
		{"another message in its place", func(h *history) { h.queues[0][3].msgID = "x" }, "acknowledged was 0-3, there is x"},
		{"another body", func(h *history) { h.queues[0][3].hash++ }, "acknowledged was 0-3"},
		{"a torn body", func(h *history) { h.queues[0][3].intact = false }, "nobody sent this body"},
		{"one place for two", func(h *history) { h.acks[1].place = h.acks[0].place }, "acknowledged for 0-0 and for 0-1"},
		{"a phantom", func(h *history) { h.earlier[place{1, 5}] = seen{"ghost", 1} }, "ghost was read once and is gone"},
		{"a changed value", func(h *history) { h.acks = nil; h.queues[1][4].msgID = "y" }, "1-4 was read once, there is y now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := soundHistory()
			c.spoil(&h)
			wrong := strings.Join(check(h), "\n")
			if (c.want == "") != (wrong == "") || !strings.Contains(wrong, c.want) {
				t.Errorf("found %q, want %q", wrong, c.want)
			}
		})
	}
}

// Bodies speak for themselves.
func TestAsSent(t *testing.T) {
	for seq := range 200 {
		body := newBody(3, seq)
		if !asSent(body) {
			t.Fatalf("body %d is not recognised", seq)
		}
		body[len(body)/2] ^= 1
		if asSent(body) || asSent(body[:len(body)-1]) || asSent(nil) {
			t.Fatalf("body %d: damage was not noticed", seq)
		}
	}
}
