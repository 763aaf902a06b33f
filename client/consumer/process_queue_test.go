package consumer

import (
	"testing"
	"time"

	"github.com/plumemq/plume/message"
	"pgregory.net/rapid"
)

func msgsAt(offsets ...int64) []*message.MessageExt {
	var msgs []*message.MessageExt
	for _, o := range offsets {
		msgs = append(msgs, &message.MessageExt{Message: message.Message{Body: []byte("12345")}, QueueOffset: o})
	}
	return msgs
}

func TestCommitOffsetIsTheLowestUnfinished(t *testing.T) {
	q := &processQueue{}
	if got := q.remove(nil, time.Time{}); got != -1 {
		t.Fatalf("empty queue commits %d", got)
	}
	msgs := msgsAt(10, 11, 13) // 12 was filtered out
	if fresh := q.put(msgs); len(fresh) != 3 {
		t.Fatalf("%d fresh", len(fresh))
	}
	if fresh := q.put(msgsAt(13, 14)); len(fresh) != 1 || fresh[0].QueueOffset != 14 {
		t.Fatalf("an offset already there was taken again: %v", fresh)
	}
	for _, step := range []struct {
		done *message.MessageExt
		want int64
	}{{msgs[1], 10}, {msgs[0], 13}, {msgs[2], 14}, {msgs[2], 14}} {
		if got := q.remove([]*message.MessageExt{step.done}, time.Time{}); got != step.want {
			t.Errorf("after %d: commit %d, want %d", step.done.QueueOffset, got, step.want)
		}
	}
	if n, bytes, _ := q.backlog(); n != 1 || bytes != 5 {
		t.Errorf("backlog %d messages, %d bytes", n, bytes)
	}
	if got := q.remove(msgsAt(14), time.Time{}); got != 15 {
		t.Errorf("all done: commit %d, want 15", got)
	}
}

// Whatever the order of acknowledgements, the commit offset never passes an unfinished message and never goes back.
func TestCommitNeverPassesUnfinished(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := &processQueue{}
		n := rapid.IntRange(1, 40).Draw(t, "n")
		var offsets []int64
		next := int64(100)
		for range n {
			next += rapid.Int64Range(1, 3).Draw(t, "gap")
			offsets = append(offsets, next)
		}
		msgs := msgsAt(offsets...)
		q.put(msgs)
		order := rapid.Permutation(msgs).Draw(t, "order")
		finished, last := map[int64]bool{}, int64(-1)
		for _, m := range order {
			commit := q.remove([]*message.MessageExt{m}, time.Time{})
			finished[m.QueueOffset] = true
			for _, o := range offsets {
				if !finished[o] && commit > o {
					t.Fatalf("commit %d passed unfinished %d", commit, o)
				}
			}
			if commit < last {
				t.Fatalf("commit went back from %d to %d", last, commit)
			}
			last = commit
		}
		if last != next+1 {
			t.Fatalf("all done: commit %d, want %d", last, next+1)
		}
	})
}

func TestAllocate(t *testing.T) {
	var queues []message.MessageQueue
	for i := range int32(8) {
		queues = append(queues, message.MessageQueue{Topic: "T", BrokerName: "a", QueueID: i})
	}
	members := []string{"c1", "c2", "c3"}
	ids := func(mqs []message.MessageQueue) (s string) {
		for _, q := range mqs {
			s += string('0' + q.QueueID)
		}
		return s
	}
	for _, tt := range []struct {
		s    AllocateStrategy
		want [3]string
	}{
		{AllocateAveragely(), [3]string{"012", "345", "67"}},
		{AllocateAveragelyByCircle(), [3]string{"036", "147", "25"}},
	} {
		for i, m := range members {
			if got := ids(tt.s.Allocate("g", m, queues, members)); got != tt.want[i] {
				t.Errorf("%s %s: %s, want %s", tt.s.Name(), m, got, tt.want[i])
			}
		}
		if got := tt.s.Allocate("g", "stranger", queues, members); len(got) != 0 {
			t.Errorf("%s: a stranger got %v", tt.s.Name(), got)
		}
		if got := tt.s.Allocate("g", "c3", queues[:2], members); len(got) != 0 {
			t.Errorf("%s: more members than queues: %v", tt.s.Name(), got)
		}
	}
}
