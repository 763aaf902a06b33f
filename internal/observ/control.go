package observ

import "sync/atomic"

// Control is a level of detail that several components share, and that may change while they run. Safe for concurrent use.
type Control struct{ detail atomic.Int32 }

// NewControl makes a Control at a level.
func NewControl(d Detail) *Control {
	c := &Control{}
	c.SetDetail(d)
	return c
}

// Detail is the present level.
func (c *Control) Detail() Detail { return Detail(c.detail.Load()) }

// SetDetail changes the level, from the next entry steps on.
func (c *Control) SetDetail(d Detail) { c.detail.Store(int32(d)) }
