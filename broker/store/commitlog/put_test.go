package commitlog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func simConfig(d *simdisk.Disk, t FlushDiskType) Config {
	cfg := testConfig("/log", 64<<10)
	cfg.Disk, cfg.FlushDiskType = d, t
	return cfg
}

// records are all records of a log.
func records(t *testing.T, c *CommitLog) (all []message.Record) {
	t.Helper()
	reader := c.NewReader(c.MinOffset())
	for {
		more, err := reader.Load(c.MaxOffset())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return all
		}
		for {
			r, ok, err := reader.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			r.Topic, r.Body, r.Properties = strings.Clone(r.Topic), []byte(string(r.Body)), strings.Clone(r.Properties)
			all = append(all, r)
		}
	}
}

// Many goroutines put at once: each put's place is where its record is, and queue offsets follow the order of the log.
func TestConcurrentPuts(t *testing.T) {
	c := openLog(t, simConfig(simdisk.New(1), AsyncFlush))
	c.Start()
	const goroutines, each = 16, 200
	var mu sync.Mutex
	want := map[int64]string{}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				body := fmt.Sprintf("%d/%d %s", g, i, strings.Repeat("x", i))
				r := c.AsyncPutMessage(t.Context(), testMessage("T", int32(g%3), []byte(body)), nil).Wait(t.Context())
				if !r.OK() {
					t.Error(r.Err)
				}
				mu.Lock()
				want[r.AppendResult.WroteOffset] = body
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	next := map[int32]int64{}
	all := records(t, c)
	for _, r := range all {
		if want[r.PhysicalOffset] != string(r.Body) {
			t.Fatalf("at %d: %q, want %q", r.PhysicalOffset, r.Body, want[r.PhysicalOffset])
		}
		if r.QueueOffset != next[r.QueueID] {
			t.Fatalf("queue %d: offset %d, want %d", r.QueueID, r.QueueOffset, next[r.QueueID])
		}
		next[r.QueueID]++
	}
	if len(all) != goroutines*each {
		t.Errorf("%d records", len(all))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// While one sync is under way puts gather, and the next one serves them all.
func TestOneSyncServesManyPuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := simdisk.New(1)
		c := openLog(t, simConfig(d, SyncFlush))
		c.Start()
		syncs := 0
		d.Inject(simdisk.Faults{Before: func(op simdisk.Op) {
			if op.Kind == simdisk.Sync {
				syncs++
				time.Sleep(10 * time.Millisecond)
			}
		}})
		var futures []PutFuture
		for i := range 50 {
			futures = append(futures, c.AsyncPutMessage(t.Context(), testMessage("T", 0, []byte("x")), nil))
			if i == 0 {
				synctest.Wait() // the first sync has begun
			}
		}
		if futures[0].Done() {
			t.Error("the put was acknowledged before its sync")
		}
		for _, f := range futures {
			if r := f.Wait(t.Context()); !r.OK() {
				t.Fatal(r.Err)
			}
		}
		if syncs != 2 {
			t.Errorf("%d syncs for 50 puts", syncs)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSlowSyncTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := simdisk.New(1)
		c := openLog(t, simConfig(d, SyncFlush))
		c.Start()
		d.Inject(simdisk.Faults{Before: func(op simdisk.Op) {
			if op.Kind == simdisk.Sync {
				time.Sleep(7 * time.Second)
			}
		}})
		began := time.Now()
		r := c.AsyncPutMessage(t.Context(), testMessage("T", 0, []byte("x")), nil).Wait(t.Context())
		if r.Status != FlushDiskTimeout || !errors.Is(r.Err, ErrFlushTimeout) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v, %v", r.Status, time.Since(began), r.Err)
		}
		noWait := testMessage("T", 0, []byte("x"))
		noWait.PropertiesString = "WAIT\x01false\x02"
		if r := c.AsyncPutMessage(t.Context(), noWait, nil); !r.Done() || !r.Result().OK() {
			t.Errorf("a put that does not want to wait: %v", r.Result().Status)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Apache's rule: every 500 ms when four pages are dirty, everything every 10 s.
func TestAsyncFlushIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openLog(t, simConfig(simdisk.New(1), AsyncFlush))
		c.Start()
		put := func(n int) {
			if r := c.AsyncPutMessage(t.Context(), testMessage("T", 0, make([]byte, n)), nil).Result(); !r.OK() {
				t.Fatal(r.Err)
			}
		}
		put(5 * 4096)
		time.Sleep(600 * time.Millisecond)
		if c.FlushedOffset() != c.MaxOffset() {
			t.Error("five dirty pages were not flushed within 600 ms")
		}
		put(10)
		time.Sleep(5 * time.Second)
		if c.FlushedOffset() == c.MaxOffset() {
			t.Error("a few bytes were flushed before the thorough flush")
		}
		time.Sleep(6 * time.Second)
		if c.FlushedOffset() != c.MaxOffset() {
			t.Error("the thorough flush did not come")
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A writer that is stuck is told of after a second, instead of piling up puts.
func TestStuckWriterRefusesPuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := simdisk.New(1)
		c := openLog(t, simConfig(d, AsyncFlush))
		d.Inject(simdisk.Faults{Before: func(op simdisk.Op) {
			if op.Kind == simdisk.Write {
				time.Sleep(3 * time.Second)
			}
		}})
		first := make(chan PutMessageResult, 1)
		go func() {
			first <- c.AsyncPutMessage(t.Context(), testMessage("T", 0, []byte("slow")), nil).Wait(t.Context())
		}()
		time.Sleep(1500 * time.Millisecond)
		if r := c.AsyncPutMessage(t.Context(), testMessage("T", 0, []byte("x")), nil).Result(); r.Status != OSPageCacheBusy {
			t.Errorf("%v, %v", r.Status, r.Err)
		}
		if r := <-first; !r.OK() {
			t.Error(r.Err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPutAfterClose(t *testing.T) {
	c := openLog(t, simConfig(simdisk.New(1), AsyncFlush))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if r := c.AsyncPutMessage(context.Background(), testMessage("T", 0, nil), nil).Result(); r.Status != ServiceNotAvailable || !errors.Is(r.Err, ErrClosed) {
		t.Errorf("%v, %v", r.Status, r.Err)
	}
}

func TestFuture(t *testing.T) {
	s := new(putState)
	f := PutFuture{s}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := f.Wait(ctx); !errors.Is(r.Err, context.Canceled) || f.Done() {
		t.Errorf("%+v", r)
	}
	var got []PutMessageStatus
	f.OnComplete(func(r PutMessageResult) { got = append(got, r.Status) })
	s.complete(PutMessageResult{Status: FlushDiskTimeout})
	s.complete(PutMessageResult{Status: PutOK})
	f.OnComplete(func(r PutMessageResult) { got = append(got, r.Status) })
	if len(got) != 2 || got[0] != FlushDiskTimeout || got[1] != FlushDiskTimeout || f.Wait(t.Context()).Status != FlushDiskTimeout {
		t.Errorf("callbacks saw %v", got)
	}
}

// TestFollowedPutsAreWrittenTogether: puts that others follow are written when somebody asks for it, and by the first that none follows.
func TestFollowedPutsAreWrittenTogether(t *testing.T) {
	c := openLog(t, simConfig(simdisk.New(1), AsyncFlush))
	put := func(followed bool, size int) PutFuture {
		msg := testMessage("T", 0, make([]byte, size))
		msg.Followed = followed
		return c.AsyncPutMessage(t.Context(), msg, nil)
	}
	for name, end := range map[string]func(){
		"asked for": c.WriteGathered, "a last put": func() { put(false, 1) }, "another caller's": func() { put(false, 1) },
	} {
		first, second := put(true, 1), put(true, 1)
		if first.Done() || second.Done() {
			t.Fatalf("%s: written already", name)
		}
		end()
		if !first.Result().OK() || !second.Result().OK() || c.MaxOffset() <= second.Result().AppendResult.WroteOffset {
			t.Errorf("%s: %+v, %+v, readable up to %d", name, first.Result(), second.Result(), c.MaxOffset())
		}
	}
	c.WriteGathered()
	var last PutFuture
	for range 2 * gatherLimit / (16 << 10) {
		last = put(true, 16<<10)
	}
	if len(c.pending.buf) > gatherLimit+17<<10 {
		t.Errorf("%d bytes gathered", len(c.pending.buf))
	}
	if err := c.Close(); err != nil || !last.Result().OK() {
		t.Errorf("closed with a put that waits: %v, %+v", err, last.Result())
	}
}

// TestReleasedPutsServeOthers: the memory of a put that was released serves the next; one that is not done is not taken away.
func TestReleasedPutsServeOthers(t *testing.T) {
	c := openLog(t, simConfig(simdisk.New(1), AsyncFlush))
	msg := testMessage("T", 0, []byte("x"))
	for range 100 {
		msg.Followed = true
		early := c.AsyncPutMessage(t.Context(), msg, nil)
		early.Release()
		msg.Followed = false
		late := c.AsyncPutMessage(t.Context(), msg, nil)
		if a, b := early.Result().AppendResult, late.Result().AppendResult; !early.Done() || !late.Done() || a.LogicsOffset+1 != b.LogicsOffset {
			t.Fatalf("%+v, then %+v", a, b)
		}
		early.Release()
		late.Release()
	}
}

// TestReleaseWaitsForWhoCompletes: a put that is done may be released at once, while whoever completed it is on the way out.
func TestReleaseWaitsForWhoCompletes(t *testing.T) {
	for range 2000 {
		p := newPut()
		f := PutFuture{&p.putState}
		var wg sync.WaitGroup
		wg.Go(func() { p.complete(PutMessageResult{}) })
		for !f.Done() {
			runtime.Gosched()
		}
		f.Release()
		wg.Wait()
	}
}
