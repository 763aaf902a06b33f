package schedule

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ErrLevels says that a messageDelayLevel cannot be read.
var ErrLevels = errors.New("malformed delay levels")

// Levels are the delays of level 1 and up.
type Levels []time.Duration

// ParseLevels reads messageDelayLevel: numbers with a unit (s, m, h, d), separated by spaces.
//
// Java: broker.schedule.ScheduleMessageService#parseDelayLevel (5.5.0).
func ParseLevels(text string) (Levels, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > math.MaxInt16 {
		return nil, fmt.Errorf("%w: %d of them", ErrLevels, len(fields))
	}
	levels := make(Levels, len(fields))
	for i, f := range fields {
		unit, ok := unitOf(f[len(f)-1])
		n, err := strconv.ParseInt(f[:len(f)-1], 10, 32)
		if !ok || err != nil || n < 0 {
			return nil, fmt.Errorf("%w: %q is not a number with one of the units s, m, h, d", ErrLevels, f)
		}
		if n > math.MaxInt64/int64(unit) {
			return nil, fmt.Errorf("%w: %q is more than 292 years", ErrLevels, f)
		}
		levels[i] = time.Duration(n) * unit
	}
	return levels, nil
}

func unitOf(c byte) (time.Duration, bool) {
	switch c {
	case 's':
		return time.Second, true
	case 'm':
		return time.Minute, true
	case 'h':
		return time.Hour, true
	case 'd':
		return 24 * time.Hour, true
	}
	return 0, false
}

// Max is the highest level.
func (l Levels) Max() int { return len(l) }

// DeliverTimestamp is when a message of a level is due, in milliseconds since the epoch, given when it was stored. The store
// keeps it as the tags code of the queue entry.
//
// Java: broker.schedule.ScheduleMessageService#computeDeliverTimestamp (5.5.0).
func (l Levels) DeliverTimestamp(level int, storeTimestamp int64) int64 {
	if level < 1 || level > len(l) {
		return storeTimestamp + time.Second.Milliseconds()
	}
	return storeTimestamp + l[level-1].Milliseconds()
}
