package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/plumemq/plume/broker/store"
	"go.uber.org/zap"
)

func TestJavaDbg(t *testing.T) {
	root := os.Getenv("JSTORE")
	if root == "" { t.Skip() }
	cfg := store.DefaultConfig(root)
	cfg.MappedFileSizeCommitLog = 65536
	cfg.MappedFileSizeConsumeQueue = 2000
	cfg.MaxHashSlotNum, cfg.MaxIndexNum = 1000, 4000
	cfg.DiskSpaceWarningLevelRatio = 101
	l, _ := zap.NewDevelopment()
	s := open(t, cfg, store.Deps{Logger: l})
	for _, k := range s.Queues() { t.Log(k, s.MinOffsetInQueue(k.Topic, k.QueueID), s.MaxOffsetInQueue(k.Topic, k.QueueID)) }
	f, _ := os.Open(os.Getenv("JSENT"))
	sc := bufio.NewScanner(f)
	n := 0
	for sc.Scan() {
		var i, q int; var off int64; var oid, mid string
		fmt.Sscan(sc.Text(), &i, &q, &off, &oid, &mid)
		e, ok := s.ConsumeQueueEntry("StoreJ", int32(q), off)
		if !ok { t.Fatal("no entry", sc.Text()) }
		m, err := s.LookMessageByOffset(e.PhyOffset)
		if err != nil { t.Fatal(err) }
		if m.MsgID != mid || m.Properties.Get("n") != fmt.Sprint(i) { t.Fatalf("%q: %q %q %q", sc.Text(), m.MsgID, mid, m.Properties.Get("n")) }
		r, err := s.QueryMessage(context.Background(), "StoreJ", fmt.Sprint("key", i), 8, 0, time.Now().UnixMilli())
		if err != nil || len(r.Sizes) != 1 { t.Fatal("key", i, len(r.Sizes), err) }
		r, err = s.QueryMessage(context.Background(), "StoreJ", mid, 8, 0, time.Now().UnixMilli())
		if err != nil || len(r.Sizes) != 1 { t.Fatal("uniq", i, len(r.Sizes), err) }
		n++
	}
	t.Log("checked", n)
	for i := range 100 {
		m := newMessage("StoreJ", int32(i%4), fmt.Sprint("plume ", i), fmt.Sprintf("UNIQ_KEY\x01PLUME%d\x02KEYS\x01pkey%d\x02TAGS\x01TagP\x02WAIT\x01true\x02", i, i))
		m.BornTimestamp = time.Now().UnixMilli()
		r := put(t, s, m)
		fmt.Println("P", i, i%4, r.LogicsOffset, r.MsgID())
	}
	settled(t, s)
	if os.Getenv("JKILL") != "" { syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	if err := s.Close(); err != nil { t.Fatal(err) }
}
