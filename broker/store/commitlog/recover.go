package commitlog

import (
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/message"
)

// UnknownOffset stands for a durable offset that nobody recorded.
const UnknownOffset int64 = -1

// Recovery says how to find the end of the log.
type Recovery struct {
	// From is the offset of a record; scanning starts at the first record of the file that holds it.
	From int64
	// Durable is the offset up to which the log is known to have been on disk, or UnknownOffset.
	Durable int64
	// Clean says that the last run closed the store.
	Clean bool
	// Quarantine skips damage below Durable instead of refusing.
	Quarantine bool
	// Visit is called for every intact record in order; its error ends the recovery.
	Visit func(r *message.Record) error
}

// Recovered is what a recovery found.
type Recovered struct {
	// From is where scanning began, End where the log ends now.
	From, End int64
	Records   int64
	// Quarantined are the damaged places that were skipped.
	Quarantined []*CorruptRecordError
}

// Load opens the files. After a crash, files at doubtful or behind may be incomplete: see mappedfile.MappedFileQueue.Load.
//
// Java: store.CommitLog#load (5.5.0).
func (c *CommitLog) Load(doubtful int64) error { return c.queue.Load(doubtful) }

// Recover scans the log from r.From's file and finds its end: a torn record and everything behind it do not belong to it, if they lie
// where nothing was durable yet. Damage below that is a *CorruptRecordError, unless r.Quarantine skips it. It changes no file, but
// what it read is on disk when it returns. Before anything is appended, CutBehind must follow.
//
// Java: store.CommitLog#recoverNormally, #recoverAbnormally (5.5.0), which cut at the first damage wherever it is.
func (c *CommitLog) Recover(r Recovery) (Recovered, error) {
	if len(c.queue.Files()) == 0 {
		return Recovered{}, c.recoverEmpty(r)
	}
	reader := c.NewReader(c.scanStart(r.From))
	res := Recovered{From: reader.Offset()}
	limit := c.queue.MaxOffset()
	for {
		err := r.scan(reader, limit, &res)
		if err == nil {
			break
		}
		var damage *damagedError
		if !errors.As(err, &damage) {
			return res, err
		}
		resume, err := c.judge(reader, damage, limit, &r)
		if err != nil {
			return res, err
		}
		if resume == UnknownOffset {
			reader.SeekTo(damage.offset)
			break
		}
		res.Quarantined = append(res.Quarantined, c.corrupt(damage, r.Durable))
		reader.SeekTo(resume)
	}
	res.End = reader.Offset()
	if res.End < r.Durable && !r.Quarantine {
		return res, fmt.Errorf("commit log %s ends at %d: %w, it was durable up to %d", c.cfg.Dir, res.End, ErrMissing, r.Durable)
	}
	return res, c.endRecovery(res, r.Clean)
}

// scanStart is the first offset of the file that holds from.
func (c *CommitLog) scanStart(from int64) int64 {
	if f := c.queue.Find(from); f != nil {
		return f.From()
	}
	if last := c.queue.Last(); from >= last.From() {
		return last.From()
	}
	return c.queue.MinOffset()
}

// damagedError is a place where the reader could not go on.
type damagedError struct {
	offset int64
	err    error
}

func (e *damagedError) Error() string { return e.err.Error() }

func (e *damagedError) Unwrap() error { return e.err }

// scan visits records until the end of the files, or returns a damagedError or another error.
func (r *Recovery) scan(reader *Reader, limit int64, res *Recovered) error {
	var record message.Record // one for all: Visit may make it escape
	for {
		more, err := reader.Load(limit)
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		for {
			var ok bool
			if record, ok, err = reader.Next(); err != nil {
				return &damagedError{reader.Offset(), err}
			}
			if !ok {
				break
			}
			if r.doubtful(record.PhysicalOffset) && torn(&record) {
				reader.SeekTo(record.PhysicalOffset)
				return &damagedError{record.PhysicalOffset, fmt.Errorf("%w: a sector of it was never written", message.ErrRecordShort)}
			}
			res.Records++
			if err := r.Visit(&record); err != nil {
				return err
			}
		}
	}
}

// doubtful says whether a loss of power may have taken parts of a record at offset.
func (r *Recovery) doubtful(offset int64) bool {
	return !r.Clean && (r.Durable == UnknownOffset || offset >= r.Durable)
}

// sectorSize is the least that a disk writes as a whole, in bytes.
const sectorSize = 512

// torn says whether a sector of the record's topic or properties is all zeros: the checksum does not cover them. In front of
// them, and in their lengths, zeros contradict the record's length or the checksum. Nothing but zeros can be there, as what
// lies behind the end of the log is always cleared.
func torn(r *message.Record) bool {
	end := r.PhysicalOffset + int64(r.Size)
	begin := end - int64(len(r.Topic)+len(r.Properties)) - 2 // a length of two bytes lies between them
	for b := (begin + sectorSize - 1) / sectorSize * sectorSize; b < end; b += sectorSize {
		sector := sliceOf(r, b, min(b+sectorSize, end))
		if len(sector) > 0 && strings.Trim(sector, "\x00") == "" {
			return true
		}
	}
	return false
}

// sliceOf is the part of a record's topic or properties that lies between two physical offsets; "" if that is a length.
func sliceOf(r *message.Record, from, to int64) string {
	end := r.PhysicalOffset + int64(r.Size)
	if properties := end - int64(len(r.Properties)); from >= properties {
		return r.Properties[from-properties : to-properties]
	}
	topic := end - int64(len(r.Properties)) - 2 - int64(len(r.Topic))
	if from < topic || from >= topic+int64(len(r.Topic)) {
		return ""
	}
	return r.Topic[from-topic : min(to-topic, int64(len(r.Topic)))]
}

// judge tells the end of the log from damage within it. It returns where to go on, or UnknownOffset for the end.
func (c *CommitLog) judge(reader *Reader, d *damagedError, limit int64, r *Recovery) (int64, error) {
	within := r.Durable != UnknownOffset && d.offset < r.Durable
	if !within && (r.Durable != UnknownOffset || !r.Clean) {
		return UnknownOffset, nil
	}
	next, found, err := reader.Resync(limit)
	switch {
	case err != nil:
		return 0, err
	case !within && !found:
		return UnknownOffset, nil
	case !r.Quarantine:
		return 0, c.corrupt(d, r.Durable)
	case !found:
		return UnknownOffset, nil
	}
	return next, nil
}

func (c *CommitLog) corrupt(d *damagedError, durable int64) *CorruptRecordError {
	e := &CorruptRecordError{Offset: d.offset, Durable: durable, Err: d.err}
	if f := c.queue.Find(d.offset); f != nil {
		e.File, e.Position = f.Name(), d.offset-f.From()
	}
	return e
}

// recoverEmpty is a log without files: the first, or one whose files somebody deleted.
func (c *CommitLog) recoverEmpty(r Recovery) error {
	if r.Durable > 0 && !r.Quarantine {
		return fmt.Errorf("commit log %s: %w, but %d bytes of it were durable", c.cfg.Dir, ErrMissing, r.Durable)
	}
	return nil
}

// endRecovery makes the log end where the scan did. After a crash only a sync makes sure that what was read is on disk.
func (c *CommitLog) endRecovery(res Recovered, clean bool) error {
	if !clean {
		if err := c.queue.SyncFrom(res.From); err != nil {
			return err
		}
	}
	c.tail = res.End
	c.wrote.Store(res.End)
	c.flushed.Store(res.End)
	for _, q := range res.Quarantined {
		c.cfg.Logger.Error("commit log: skipped a damaged record", zap.Error(q))
	}
	return nil
}

// CutBehind removes what the files hold behind the end that Recover found, durably. If it dies half way, Load needs that end to
// understand what it left. After a clean stop there are zeros only, and they stay.
func (c *CommitLog) CutBehind(clean bool) error {
	if clean {
		return c.queue.EndAt(c.tail)
	}
	return c.queue.TruncateTo(c.tail)
}

// FirstRecord is the first record of a file, for finding where to start.
func (c *CommitLog) FirstRecord(f *mappedfile.MappedFile) (message.Record, error) {
	buf, err := c.AppendRecordAt(nil, f.From(), 0)
	if err != nil {
		return message.Record{}, err
	}
	return message.ParseRecord(buf)
}
