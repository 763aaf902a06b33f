package spanmsg

import "slices"

// Pack are spans that have ended and wait to be sent. Of what a span has in common with others a Pack has only where it is written: it takes
// little memory, and is written out by [Pack.AppendTo] for many spans at a time, who then find it at hand. The zero value is empty.
type Pack struct {
	spans []packed
	own   Wire // what spans have for themselves, one after another
	size  int  // of all, written out
}

type packed struct {
	identity
	end  int64 // nanoseconds since 1970
	head *Wire
	own  int // bytes in Pack.own
}

// Packer is what adds spans to a Pack.
type Packer interface{ PackInto(p *Pack) }

// Len is how many spans there are.
func (p *Pack) Len() int { return len(p.spans) }

// Size is how many bytes they take, written out.
func (p *Pack) Size() int { return p.size }

// Reset empties the Pack, and keeps its memory.
func (p *Pack) Reset() { p.spans, p.own, p.size = p.spans[:0], p.own[:0], 0 }

// PackInto implements [Packer].
func (p *Pack) PackInto(to *Pack) {
	to.spans, to.own, to.size = append(to.spans, p.spans...), append(to.own, p.own...), to.size+p.size
}

// PackInto implements [Packer].
func (m *ended) PackInto(p *Pack) {
	before := len(p.own)
	p.own = append(p.own, m.wire...).tail(&m.tail)
	p.spans = append(p.spans, packed{m.identity, m.tail.End, m.head, len(p.own) - before})
	p.size += len(*m.head) + len(p.own) - before
}

// AppendTo appends the messages of the spans.
func (p *Pack) AppendTo(w Wire) Wire {
	w = slices.Grow(w, p.size)
	own := p.own
	for i := range p.spans {
		s, begin := &p.spans[i], len(w)
		w = append(w, *s.head...)
		w[begin:].fill(&s.identity)
		w[begin:].ends(s.end)
		w = append(w, own[:s.own]...).closeSpan(begin)
		own = own[s.own:]
	}
	return w
}
