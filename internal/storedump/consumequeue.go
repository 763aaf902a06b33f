package storedump

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
)

const unitSize = 20

func (w *Walker) consumeQueues() error {
	topics, err := fs.ReadDir(w.Store, PartConsumeQueue)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, topic := range topics {
		if !topic.IsDir() || w.Topic != "" && topic.Name() != w.Topic {
			continue
		}
		if err := w.topic(topic.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (w *Walker) topic(topic string) error {
	folders, err := fs.ReadDir(w.Store, path.Join(PartConsumeQueue, topic))
	if err != nil {
		return err
	}
	var queues []int
	for _, f := range folders {
		if n, err := strconv.Atoi(f.Name()); err == nil && f.IsDir() && (!w.HasQueue || n == w.Queue) {
			queues = append(queues, n)
		}
	}
	slices.Sort(queues)
	for _, queue := range queues {
		files, err := w.segments(path.Join(PartConsumeQueue, topic, strconv.Itoa(queue)))
		if err != nil {
			return err
		}
		for _, s := range files {
			if err := w.queueFile(topic, queue, s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

// queueFile walks a file's units up to what was never written.
func (w *Walker) queueFile(topic string, queue int, s segment) error {
	f, err := w.Store.Open(s.name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, readAhead)
	var b [unitSize]byte
	for at := int64(0); at+unitSize <= s.size; at += unitSize {
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return err
		}
		if isZero(b[:]) {
			return nil
		}
		u := &Unit{
			Topic: topic, Queue: queue, QueueOffset: (s.start + at) / unitSize, PhyOffset: int64(binary.BigEndian.Uint64(b[:])),
			Size: int32(binary.BigEndian.Uint32(b[8:])), TagsCode: int64(binary.BigEndian.Uint64(b[12:])),
		}
		u.Blank = u.PhyOffset == 0 && u.Size == math.MaxInt32
		if err := w.unit(s, at, u); err != nil {
			return err
		}
	}
	return nil
}

func (w *Walker) unit(s segment, at int64, u *Unit) error {
	switch {
	case u.PhyOffset < 0 || u.Size <= 0:
		bad := fmt.Errorf("a unit of offset %d and size %d", u.PhyOffset, u.Size)
		return w.visit(&Damage{File: s.name, Offset: at, Err: bad, Skipped: "unit"})
	case u.PhyOffset < w.From:
		return nil
	}
	return w.visit(u)
}
