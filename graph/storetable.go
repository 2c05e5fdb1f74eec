package graph

import (
	"fmt"
	"html"
	"strings"
)

// String says how large the store is.
func (s *Store) String() string {
	arrays, parameters, frozen := 0, 0, 0
	for _, p := range s.Params() {
		arrays++
		switch {
		case p.buffer:
		case s.Frozen(p.name):
			frozen += p.Len()
			fallthrough
		default:
			parameters += p.Len()
		}
	}
	text := fmt.Sprintf("store of %d arrays, %s parameters", arrays, thousands(parameters))
	if frozen > 0 {
		text += fmt.Sprintf(", %s of them frozen", thousands(frozen))
	}
	return text
}

// HTML is a table of the arrays, as a notebook shows it.
func (s *Store) HTML() string {
	var b strings.Builder
	row := func(cell, name, shape, numbers, note string) {
		b.WriteString("<tr>")
		for _, c := range [][2]string{{"left", name}, {"left", shape}, {"right", numbers}, {"left", note}} {
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, cell, c[0], html.EscapeString(c[1]), cell)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("<table>\n")
	row("th", "name", "shape", "numbers", "")
	total := 0
	for _, p := range s.Params() {
		note := ""
		switch {
		case p.buffer:
			note = "buffer"
		case s.Frozen(p.name):
			note = "frozen"
		}
		if !p.buffer {
			total += p.Len()
		}
		row("td", p.name, brackets(p.shape), thousands(p.Len()), note)
	}
	row("th", "parameters", "", thousands(total), "")
	b.WriteString("</table>\n")
	return b.String()
}
