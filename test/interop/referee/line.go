package referee

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Line is one JSON object that a program printed. Every one has an "event".
type Line map[string]any

// parseLine reads a line of output; ok is false for what is no JSON object.
func parseLine(text string) (Line, bool) {
	if !strings.HasPrefix(text, "{") {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var l Line
	if decoder.Decode(&l) != nil {
		return nil, false
	}
	return l, true
}

// Event is what the line is about.
func (l Line) Event() string { return l.Text("event") }

// Text is a field as text, "" where it is absent or null.
func (l Line) Text(name string) string {
	v, ok := l[name]
	if !ok || v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// Int is a field as a number, -1 where it is none.
func (l Line) Int(name string) int64 {
	n, ok := l[name].(json.Number)
	if !ok {
		return -1
	}
	i, err := n.Int64()
	if err != nil {
		return -1
	}
	return i
}

// True says whether a field is true.
func (l Line) True(name string) bool { return l[name] == true }

// List is a field as a list of texts.
func (l Line) List(name string) []string {
	items, _ := l[name].([]any)
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = fmt.Sprint(item)
	}
	return out
}

// Property is a message's property, "" where it has none of that name.
func (l Line) Property(name string) string {
	properties, ok := l["properties"].(map[string]any)
	if !ok {
		return ""
	}
	return Line(properties).Text(name)
}

// Only are the lines of one event.
func Only(lines []Line, event string) []Line {
	var out []Line
	for _, l := range lines {
		if l.Event() == event {
			out = append(out, l)
		}
	}
	return out
}
