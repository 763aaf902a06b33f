package tracestore

const (
	maxWords      = 4096
	maxWordLength = 96
)

// words are strings that spans have in common: hardly one of a span's names and keys, and few of its values, are its own. What comes over
// the wire has a copy of each for every span.
type words map[string]any // a string -> the same as a value

// share makes a new span use the strings of those before it.
func (w words) share(s *Span) {
	s.Name, s.Scope, s.Status = w.text(s.Name), w.text(s.Scope), w.text(s.Status)
	w.attrs(s.Attrs)
	for i := range s.Events {
		s.Events[i].Name = w.text(s.Events[i].Name)
		w.attrs(s.Events[i].Attrs)
	}
	for i := range s.Links {
		w.attrs(s.Links[i].Attrs)
	}
}

func (w words) attrs(attrs []Attr) {
	for i := range attrs {
		a := &attrs[i]
		a.Key = w.text(a.Key)
		if v, ok := a.Value.(string); ok {
			a.Value = w.value(v)
		}
	}
}

func (w words) text(s string) string {
	if same, ok := w.value(s).(string); ok {
		return same
	}
	return s
}

// value is s, boxed once. When there are too many words, they are learned anew: those that are in use come back at once.
func (w words) value(s string) any {
	if len(s) > maxWordLength {
		return s
	}
	v, ok := w[s]
	if !ok {
		if len(w) >= maxWords {
			clear(w)
		}
		v = s
		w[s] = v
	}
	return v
}
