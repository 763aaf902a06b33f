package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/internal/storedump"
	"github.com/plumemq/plume/message"
)

const dumpLong = `Print what a store directory holds, Plume's or Apache's: checkpoint, commit log, consume queues and index, or the PART named.

Nothing is written, and no broker is needed; a running one may be writing the last records just now. Damage is printed where it is
found, and the exit code is 1 then. --topic and --queue choose messages and queue entries; index entries name no topic.`

const dumpExample = `  plume dump ~/store checkpoint
  plume dump ~/store commitlog --topic TopicTest --count 10
  plume dump ~/store consumequeue --topic TopicTest --queue 0
  plume dump ~/store commitlog --from 1048576 --json --body`

// errDamaged says that damage was printed.
var errDamaged = errors.New("the store is damaged")

type dumpFlags struct {
	topic string
	queue int
	from  int64
	count int
	slots int32
	json  bool
	body  bool
}

func newDumpCommand() *cobra.Command {
	var f dumpFlags
	cmd := &cobra.Command{
		Use: "dump STORE [PART]", Short: "Print what a store directory holds", Long: dumpLong, Example: dumpExample, GroupID: groupServers,
		Args: cobra.RangeArgs(1, 2), ValidArgs: storedump.Parts[:],
		RunE: f.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.topic, "topic", "", "only this topic")
	flags.IntVar(&f.queue, "queue", 0, "only this queue")
	flags.Int64Var(&f.from, "from", 0, "begin at this offset of the commit log")
	flags.IntVar(&f.count, "count", 0, "stop after so many items; 0 is never")
	flags.Int32Var(&f.slots, "index-slots", 0, "maxHashSlotNum of the store, if its files are not four entries to a slot")
	flags.BoolVar(&f.json, "json", false, "one JSON object a line")
	flags.BoolVar(&f.body, "body", false, "print bodies, as they were stored")
	return cmd
}

var errCounted = errors.New("printed enough")

func (f *dumpFlags) run(cmd *cobra.Command, args []string) error {
	parts := storedump.Parts[:]
	if len(args) == 2 {
		if parts = args[1:]; !slices.Contains(storedump.Parts[:], args[1]) {
			return usageError{fmt.Errorf("%s: want %s", args[1], strings.Join(storedump.Parts[:], ", "))}
		}
	}
	w := storedump.Walker{
		Store: os.DirFS(args[0]), Topic: f.topic, Queue: f.queue, HasQueue: cmd.Flags().Changed("queue"), From: f.from, Slots: f.slots,
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	items, damaged := 0, 0
	err := w.Walk(parts, func(item storedump.Item) error {
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		if _, bad := item.(*storedump.Damage); bad {
			damaged++
		}
		if err := f.print(out, item); err != nil {
			return err
		}
		if items++; items == f.count {
			return errCounted
		}
		return nil
	})
	if errors.Is(err, errCounted) {
		err = nil
	}
	if err == nil && damaged > 0 {
		err = fmt.Errorf("%w: %d place(s)", errDamaged, damaged)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", args[0], err)
	}
	return errors.Join(err, out.Flush())
}

func (f *dumpFlags) print(w io.Writer, item storedump.Item) error {
	line := f.line(item)
	if f.json {
		return json.NewEncoder(w).Encode(line)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// dumped is one line of --json, and of text with the fields in their order. Fields that an item has not got are left out.
type dumped struct {
	Kind       string            `json:"kind"`
	File       string            `json:"file,omitempty"`
	Offset     *int64            `json:"offset,omitempty"`
	Size       int32             `json:"size,omitempty"`
	Topic      string            `json:"topic,omitempty"`
	Queue      *int              `json:"queue,omitempty"`
	QueueOff   *int64            `json:"queueOffset,omitempty"`
	Stored     string            `json:"stored,omitempty"`
	Facts      map[string]any    `json:"facts,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
	Body       *string           `json:"body,omitempty"`
	Error      string            `json:"error,omitempty"`
}

func (f *dumpFlags) line(item storedump.Item) dumped {
	switch i := item.(type) {
	case *storedump.Checkpoint:
		return dumpedCheckpoint(i)
	case *storedump.Record:
		return f.dumpedRecord(i)
	case *storedump.Unit:
		return dumped{
			Kind: "unit", Topic: i.Topic, Queue: &i.Queue, QueueOff: &i.QueueOffset, Offset: &i.PhyOffset, Size: i.Size,
			Facts: map[string]any{"tagsCode": i.TagsCode, "blank": i.Blank},
		}
	case *storedump.IndexHeader:
		return dumped{Kind: "index", File: i.File, Facts: map[string]any{
			"begin": stamp(i.BeginTimestamp), "end": stamp(i.EndTimestamp), "beginOffset": i.BeginPhyOffset, "endOffset": i.EndPhyOffset,
			"slots": i.Slots, "slotsUsed": i.SlotsUsed, "entries": i.Entries - 1,
		}}
	case *storedump.Entry:
		return dumped{
			Kind: "entry", Offset: &i.PhyOffset, Stored: stamp(i.Timestamp),
			Facts: map[string]any{"number": i.Number, "hash": i.KeyHash, "older": i.Previous},
		}
	case *storedump.Damage:
		return dumped{Kind: "damage", File: i.File, Offset: &i.Offset, Error: i.Err.Error(), Facts: map[string]any{"skipped": i.Skipped}}
	}
	return dumped{Kind: fmt.Sprintf("%T", item)}
}

func dumpedCheckpoint(c *storedump.Checkpoint) dumped {
	facts := map[string]any{"abort": c.Abort, "found": c.Found}
	if c.Found {
		facts["commitLog"], facts["consumeQueue"], facts["index"] = stamp(c.PhysicMsgTimestamp), stamp(c.LogicsMsgTimestamp), stamp(c.IndexMsgTimestamp)
		facts["masterFlushedOffset"], facts["confirmOffset"], facts["consumeQueueOffset"] = c.MasterFlushedOffset, c.ConfirmPhyOffset, c.LogicsPhysicalOffset
	}
	if m := c.Watermark; m != nil {
		facts["durable"], facts["dispatched"], facts["queues"], facts["queueOffsets"], facts["indexEnd"] = m.Durable, m.Dispatched, m.Queues, m.QueueOffsets, m.IndexEnd
	}
	return dumped{Kind: "checkpoint", Facts: facts}
}

func (f *dumpFlags) dumpedRecord(r *storedump.Record) dumped {
	queue := int(r.QueueID)
	d := dumped{
		Kind: "record", File: r.File, Offset: &r.Offset, Size: r.Size, Topic: r.Topic, Queue: &queue, QueueOff: &r.QueueOffset,
		Stored: stamp(r.StoreTimestamp), Properties: map[string]string{},
		Facts: map[string]any{
			"born": stamp(r.BornTimestamp), "from": r.BornHost.String(), "at": r.StoreHost.String(), "bytes": len(r.Body), "flag": r.Flag,
			"sysFlag": int32(r.SysFlag), "retries": r.ReconsumeTimes, "prepared": r.PreparedTransactionOffset,
		},
	}
	for _, p := range message.ParseProperties(r.Properties) {
		d.Properties[p.Name] = p.Value
	}
	if f.body {
		body := string(r.Body)
		d.Body = &body
	}
	return d
}

// String is the line as text: names and values, in a fixed order.
func (d dumped) String() string {
	var b strings.Builder
	b.WriteString(d.Kind)
	add := func(name string, value any) { fmt.Fprintf(&b, " %s=%v", name, value) }
	if d.File != "" {
		add("file", d.File)
	}
	if d.Offset != nil {
		add("offset", *d.Offset)
	}
	if d.Size != 0 {
		add("size", d.Size)
	}
	if d.Topic != "" {
		add("topic", d.Topic)
	}
	if d.Queue != nil {
		add("queue", fmt.Sprintf("%d@%d", *d.Queue, *d.QueueOff))
	}
	if d.Stored != "" {
		add("stored", d.Stored)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Facts)) {
		add(name, d.Facts[name])
	}
	for _, name := range slices.Sorted(maps.Keys(d.Properties)) {
		fmt.Fprintf(&b, " %s=%q", name, d.Properties[name])
	}
	if d.Body != nil {
		fmt.Fprintf(&b, " body=%q", *d.Body)
	}
	if d.Error != "" {
		fmt.Fprintf(&b, ": %s", d.Error)
	}
	return b.String()
}

// stamp is a time in ms as text; 0 is "-".
func stamp(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}
