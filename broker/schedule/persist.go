package schedule

import (
	"fmt"
	"strconv"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// snapshot is a state of the offsets and how much of the commit log must be on disk before it may be written.
type snapshot struct {
	offsets map[int]int64
	behind  int64 // the commit log's end when it was taken
}

// dataVersion counts deliveries in steps, as Apache does, so that it does not change with each.
type dataVersion struct {
	body.DataVersion
	deliveries int64
}

const versionStep = 200 // Java: BrokerConfig.delayOffsetUpdateVersionStep

func (v *dataVersion) changed(c clock.Clock) {
	if v.deliveries++; v.deliveries%versionStep == 0 {
		v.DataVersion = v.Next(c.Now().UnixMilli())
	}
}

// Load reads delayOffset.json. A missing file is a new broker's.
func (s *ScheduleMessageService) Load() error {
	_, err := s.cfg.File.Load(s.decode)
	return err
}

// decode replaces the offsets by those of the file; levels that are no more are left out.
func (s *ScheduleMessageService) decode(data []byte) error {
	levels := make([]levelState, len(s.levels))
	var version dataVersion
	r := fastjson.NewReader(data)
	r.Object(func(name string) {
		switch name {
		case "dataVersion":
			version.ReadJSON(&r)
		case "offsetTable":
			var level int
			r.Entries(
				func() { level, _ = strconv.Atoi(r.String()) },
				func() {
					if n := r.Int64(); level >= 1 && level <= len(levels) && n >= 0 {
						levels[level-1].offset = n
					}
				})
		}
	})
	if err := r.End(); err != nil {
		return fmt.Errorf("delay offsets: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.levels, s.version = levels, version
	return nil
}

// Persist writes the newest offsets whose deliveries are all on disk. After the store has been flushed that is all of them.
func (s *ScheduleMessageService) Persist() error {
	s.mu.Lock()
	s.pending = append(s.pending, snapshot{s.offsetsLocked(), s.store.MaxPhyOffset()})
	flushed := s.store.FlushedOffset()
	safe := -1
	for i, p := range s.pending {
		if p.behind <= flushed {
			safe = i
		}
	}
	if safe < 0 {
		if len(s.pending) > 2 {
			s.pending = append(s.pending[:1], s.pending[len(s.pending)-1])
		}
		s.mu.Unlock()
		return nil
	}
	offsets := s.pending[safe].offsets
	s.pending = s.pending[safe+1:]
	data := s.encodeLocked(offsets, true)
	s.mu.Unlock()
	return s.cfg.File.Store(data)
}

// Encode is what delayOffset.json would hold now, on one line: the answer to request 45.
func (s *ScheduleMessageService) Encode() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.encodeLocked(s.offsetsLocked(), false)
}

func (s *ScheduleMessageService) encodeLocked(offsets map[int]int64, pretty bool) []byte {
	w := fastjson.Writer{Pretty: pretty}
	w.BeginObject()
	w.Key("dataVersion")
	s.version.AppendJSON(&w)
	w.Key("offsetTable")
	w.BeginObject()
	for level := 1; level <= len(s.levels); level++ {
		if offset, ok := offsets[level]; ok {
			w.IntKey(int64(level))
			w.Int(offset)
		}
	}
	w.EndObject()
	w.EndObject()
	return w.Bytes()
}
