package remoting

// mostTogether is for how many requests of a turn work is done together, and their answers are written.
const mostTogether = 32

// turn is a run of requests for one executor that came together: their reader processes one after the other, finishes what they left
// to be done for all of them (see [Executor.Gather]), and writes their answers at once.
type turn struct {
	executor *Executor // nil: no turn
	left     int       // requests since things were finished last that another one follows
}

// process runs rc here, if it continues the reader's turn, or begins one: rc's executor must have nothing else to do.
func (r *reader) process(rc *RequestContext) bool {
	t, x := &r.turn, rc.executor
	if t.executor != x {
		r.endTurn()
	}
	if t.executor == nil && !t.begin(r, x) {
		return false
	}
	followed := t.left < mostTogether && r.frames.another()
	if followed {
		if t.left++; t.left == 1 {
			r.ch.writer.hold()
		}
	}
	r.since.Store(r.ch.readAt.UnixNano())
	r.busy.Store(true)
	r.ch.owner.relief.began()
	rc.run(followed && x.finish != nil)
	if !followed {
		t.finish(r)
	}
	r.relieved = !r.busy.CompareAndSwap(true, false)
	return true
}

// endTurn ends the turn that the reader may be in, under the relief's eyes: what is finished may go to a disk.
func (r *reader) endTurn() {
	if r.turn.executor == nil {
		return
	}
	r.busy.Store(true)
	r.turn.finish(r)
	r.relieved = !r.busy.CompareAndSwap(true, false)
	r.turn.end(r)
}

// begin says whether there is a turn now.
func (t *turn) begin(r *reader, x *Executor) bool {
	if r.ch.owner.relief == nil || r.relieved || !x.enter(r) {
		return false
	}
	t.executor = x
	return true
}

// finish does what the turn's requests left to be done, and writes their answers.
func (t *turn) finish(r *reader) {
	if t.left == 0 {
		return
	}
	t.left = 0
	if t.executor.finish != nil {
		t.executor.finish()
	}
	if r.ch.writer.letGo() {
		r.ch.writer.combine()
	}
}

// end ends the turn, if there is one, at once.
func (t *turn) end(r *reader) {
	if t.executor == nil {
		return
	}
	t.finish(r)
	t.executor.leave(r)
	t.executor = nil
}

// guest is a reader in its turn.
type guest struct {
	*reader
	in *Executor
}

// relieve has another reader go on in place of g, unless g is back, and what g's turn has left be done.
func (g guest) relieve() {
	if !g.busy.CompareAndSwap(true, false) {
		return
	}
	next := &reader{ch: g.ch, frames: g.frames, events: g.events}
	go next.run()
	if g.ch.writer.letGo() {
		g.ch.writer.handOver()
	}
	if g.in.finish != nil {
		go g.in.finish()
	}
}
