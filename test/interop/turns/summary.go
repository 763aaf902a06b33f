package turns

import (
	"errors"
	"strconv"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

var errNoSummary = errors.New("no summary")

// Summary is what plume bench says in the end.
type Summary struct {
	Sent         int64
	DroppedSpans int64
	Measured     Interval // when it sent them
}

// ReadSummary finds it among what plume bench --json printed.
func ReadSummary(lines []referee.Line) (Summary, error) {
	for _, l := range lines {
		began, err := time.Parse(time.RFC3339Nano, l.Text("began"))
		if err != nil {
			continue
		}
		seconds, err := strconv.ParseFloat(l.Text("seconds"), 64)
		if err != nil {
			continue
		}
		dropped, _ := strconv.ParseInt(l.Text("droppedSpans"), 10, 64)
		return Summary{l.Int("sent"), dropped, Interval{began, began.Add(time.Duration(seconds * float64(time.Second)))}}, nil
	}
	return Summary{}, errNoSummary
}
