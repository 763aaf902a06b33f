package consumer_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// topicCommits are the commits of the topic's queue, those with pulls included.
func topicCommits(f *fixture) (commits []int64) {
	for _, h := range f.shelf.Commits() {
		if h.Topic == topic {
			commits = append(commits, h.CommitOffset)
		}
	}
	return commits
}

func TestOffsetsAreCommittedWhenTheyChanged(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.start(t, nothing)
		f.shelf.Put(topic, 0, letters("a", "b")...)
		settle(10 * time.Second)
		if got := fmt.Sprint(topicCommits(f)); got != "[2]" {
			t.Errorf("commits %s", got)
		}
		settle(time.Minute)
		if got := fmt.Sprint(topicCommits(f)); got != "[2]" {
			t.Errorf("nothing changed, and yet commits %s", got)
		}
		f.shelf.Put(topic, 0, letters("c")...)
		settle(5 * time.Second)
		if got := fmt.Sprint(topicCommits(f)); got != "[2 3]" {
			t.Errorf("commits %s", got)
		}
	})
}

// Whatever is done in whichever order: no commit is above the lowest message that is not done.
func TestCommitsNeverPassWhatIsNotDone(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		const n = 60
		var mu sync.Mutex
		finished := map[int64]bool{}
		lowest := func() int64 {
			mu.Lock()
			defer mu.Unlock()
			for o := int64(0); ; o++ {
				if !finished[o] {
					return o
				}
			}
		}
		in := inbox{answer: func(_ int, m *message.MessageExt) error {
			time.Sleep(time.Duration(m.QueueOffset*7919%31) * time.Second)
			mu.Lock()
			defer mu.Unlock()
			finished[m.QueueOffset] = true
			return nil
		}}
		f.shelf.Put(topic, 0, letters(make([]string, n)...)...)
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConcurrency(7))
		last := int64(0)
		for range 300 {
			settle(time.Second)
			if o := f.shelf.Offset(group, topic, 0); o > lowest() {
				t.Fatalf("committed %d, message %d is not done", o, lowest())
			} else if o >= 0 && o < last {
				t.Fatalf("committed %d after %d", o, last)
			} else {
				last = max(last, o)
			}
		}
		if last != n {
			t.Errorf("committed %d in the end", last)
		}
		for _, p := range f.shelf.Pulls() {
			if p.SysFlag&header.PullCommitOffset != 0 && p.CommitOffset > n {
				t.Errorf("pull %+v", p)
			}
		}
	})
}

const offsetsFile = "/offsets/10.0.0.1@DEFAULT/group/offsets.json"

// broadcast is a broadcasting member that keeps its offsets on d.
func broadcast(d *simdisk.Disk, opts ...consumer.Option) []consumer.Option {
	return append([]consumer.Option{
		consumer.WithBroadcasting(), consumer.WithOffsetStoreDir("/offsets"), consumer.WithDisk(d), consumer.ConsumeFromFirst(),
	}, opts...)
}

func TestBroadcasting(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 2, "broker-a")
		d := simdisk.New(1)
		var one, two inbox
		one.answer = func(int, *message.MessageExt) error { return errHandler } // dropped, not retried
		first := f.start(t, one.handle, broadcast(d, client.WithInstanceName("1"))...)
		f.start(t, two.handle, broadcast(d, client.WithInstanceName("2"))...)
		f.shelf.Put(topic, 0, letters("a")...)
		f.shelf.Put(topic, 1, letters("b")...)
		synctest.Wait()
		one.expect(t, "a", "b")
		two.expect(t, "a", "b")
		if n := len(f.shelf.SentBack()); n != 0 {
			t.Errorf("%d sent back", n)
		}
		if got := f.shelf.Subscriptions(group); len(got) != 1 {
			t.Errorf("subscriptions %v", got)
		}
		stop(t, first)
		if n := len(f.shelf.Commits()); n != 0 {
			t.Errorf("%d offsets at the broker", n)
		}
	})
}

func TestBroadcastingGoesOnAfterARestart(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		d := simdisk.New(1)
		for _, body := range []string{"a", "b", "c"} {
			var in inbox
			f.shelf.Put(topic, 0, letters(body)...)
			c := f.start(t, in.handle, broadcast(d)...)
			settle(time.Second)
			in.expect(t, body)
			stop(t, c)
		}
		var in inbox
		f.start(t, in.handle, broadcast(d)...)
		f.shelf.Put(topic, 0, letters("d")...)
		settle(11 * time.Second) // stored by the clock, too
		d.Kill()
		f.start(t, in.handle, broadcast(d, client.WithInstanceName("DEFAULT"))...)
		settle(time.Second)
		in.expect(t, "d")
	})
}

func TestDamagedOffsetsFile(t *testing.T) {
	damage := func(t *testing.T, d *simdisk.Disk, name string) {
		t.Helper()
		if err := d.Corrupt(name, 0, func(byte) byte { return '!' }); err != nil {
			t.Fatal(err)
		}
	}
	run(t, func(t *testing.T, f *fixture) {
		d := simdisk.New(1)
		for _, body := range []string{"a", "b"} {
			f.shelf.Put(topic, 0, letters(body)...)
			c := f.start(t, nothing, broadcast(d)...)
			settle(time.Second)
			stop(t, c)
		}
		damage(t, d, offsetsFile)
		var in inbox
		c := f.start(t, in.handle, broadcast(d)...)
		settle(time.Second)
		in.expect(t, "b") // the backup is one version behind
		stop(t, c)

		if err := d.Remove(offsetsFile); err != nil {
			t.Fatal(err)
		}
		in = inbox{}
		c = f.start(t, in.handle, broadcast(d)...)
		settle(time.Second)
		in.expect(t, "b")
		stop(t, c)

		damage(t, d, offsetsFile)
		damage(t, d, offsetsFile+".bak")
		c = f.member(t, nothing, broadcast(d)...)
		if err := c.Start(t.Context()); err == nil {
			t.Error("started without knowing where it was")
		}
	})
}

func TestBroadcastingToleratesAFullDisk(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		d := simdisk.New(1)
		var in inbox
		c := f.start(t, in.handle, broadcast(d)...)
		d.Inject(simdisk.Faults{Capacity: 1})
		f.shelf.Put(topic, 0, letters("a")...)
		settle(30 * time.Second)
		in.expect(t, "a")
		d.Inject(simdisk.Faults{})
		settle(6 * time.Second)
		stop(t, c)
		in = inbox{}
		f.start(t, in.handle, broadcast(d)...)
		settle(time.Second)
		in.expect(t)
	})
}
