package main

import (
	"fmt"
	"html"
	"strings"
)

// The picture's measures, in pixels.
const (
	width    = 760
	head     = 40  // above the first comparison
	spacing  = 58  // from one comparison to the next
	barLeft  = 232 // behind the names
	barRoom  = 400 // of the longest bar
	barHigh  = 17
	apacheIs = "#8a8f98"
	plumeIs  = "#1f7a5c"
)

// draw is the comparisons as bars, an SVG that reads on light and dark pages. The longer bar of each comparison has the full length: they
// differ in their units.
func draw(list []comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Plume beside Apache RocketMQ 5.5.0">`+"\n",
		width, head+spacing*len(list))
	b.WriteString(`<style>text{font:13px system-ui,sans-serif;fill:#1c2024}.q{fill:#5b6169}@media(prefers-color-scheme:dark){text{fill:#e8eaed}.q{fill:#a8adb5}}</style>` + "\n")
	legend(&b, barLeft, apacheIs, "Apache RocketMQ 5.5.0")
	legend(&b, barLeft+190, plumeIs, "Plume")
	for i, c := range list {
		c.draw(&b, head+spacing*i)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func legend(b *strings.Builder, x int, color, name string) {
	fmt.Fprintf(b, `<rect x="%d" y="8" width="14" height="14" rx="2" fill="%s"/><text x="%d" y="20">%s</text>`+"\n", x, color, x+20, html.EscapeString(name))
}

func (c comparison) draw(b *strings.Builder, y int) {
	better := "more is better"
	if c.less {
		better = "less is better"
	}
	fmt.Fprintf(b, `<text x="0" y="%d">%s</text><text class="q" x="0" y="%d">%s, %s</text>`+"\n", y+14, html.EscapeString(c.what), y+33, c.unit, better)
	longest := max(c.theirs, c.ours)
	bar(b, y, c.theirs, longest, apacheIs, grouped(c.theirs))
	ratio := fmt.Sprintf("%.1f", c.ratio())
	if c.ratio() < 1 {
		ratio = fmt.Sprintf("%.1g", c.ratio())
	}
	bar(b, y+barHigh+3, c.ours, longest, plumeIs, fmt.Sprintf("%s   (%s×)", grouped(c.ours), ratio))
}

func bar(b *strings.Builder, y int, value, longest float64, color, label string) {
	long := max(int(barRoom*value/longest), 1)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
		barLeft, y, long, barHigh, color, barLeft+long+8, y+13, html.EscapeString(label))
}
