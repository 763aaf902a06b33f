package remoting

import "iter"

// ringSize is how many calls in a row find a place of their own.
const ringSize = 256

// callTable holds calls by opaque. Opaques are given in turn, so that those in flight lie close together: a call's place is in a ring,
// at its opaque modulo the ring's length. One whose place is taken by a call that has waited for a whole round goes to a map.
type callTable struct {
	ring  []*responseFuture // nil until the first call
	more  map[int32]*responseFuture
	count int
	rest  int // in more: most often nobody need look there
}

func (t *callTable) place(opaque int32) **responseFuture { return &t.ring[uint32(opaque)%ringSize] }

// put adds f, unless a call with its opaque is there.
func (t *callTable) put(f *responseFuture) bool {
	if t.ring == nil {
		t.ring = make([]*responseFuture, ringSize)
	}
	place := t.place(f.opaque)
	switch {
	case isOf(*place, f.opaque) || t.rest > 0 && t.more[f.opaque] != nil:
		return false
	case *place == nil:
		*place = f
	default:
		t.putMore(f)
	}
	t.count++
	return true
}

func (t *callTable) putMore(f *responseFuture) {
	if t.more == nil {
		t.more = map[int32]*responseFuture{}
	}
	t.more[f.opaque] = f
	t.rest++
}

// take removes and returns the call with that opaque; nil if there is none.
func (t *callTable) take(opaque int32) (f *responseFuture) {
	if t.count == 0 {
		return nil
	}
	if place := t.place(opaque); isOf(*place, opaque) {
		f, *place = *place, nil
	} else if f = t.more[opaque]; f != nil {
		delete(t.more, opaque)
		t.rest--
	} else {
		return nil
	}
	t.count--
	return f
}

func isOf(f *responseFuture, opaque int32) bool { return f != nil && f.opaque == opaque }

// all are the calls in no order; they may be taken meanwhile.
func (t *callTable) all() iter.Seq[*responseFuture] {
	return func(yield func(*responseFuture) bool) {
		for _, f := range t.ring {
			if f != nil && !yield(f) {
				return
			}
		}
		for _, f := range t.more {
			if !yield(f) {
				return
			}
		}
	}
}
