package layered

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Kind is what a box stands for; it decides its colour.
type Kind int

// The kinds of boxes.
const (
	Work    Kind = iota // an operation
	Input               // what comes from outside
	Weights             // what is learnt
)

// Box is a node of the graph.
type Box struct {
	Lines []string // the first is its name
	Kind  Kind
	Reads []int // the boxes whose results it uses, all of them before it in the list
}

// Sizes in pixels.
const (
	lineHeight = 16
	letter     = 7.2 // width of a letter, about
	padding    = 10
	gapX       = 18 // between boxes of a layer
	gapY       = 30 // between layers
	border     = 16
)

// SVG draws the boxes, with a note above them unless it is empty. A box that
// reads one after it, or itself, is drawn without that edge.
func SVG(note string, boxes []Box) string {
	p := arrange(boxes)
	var b strings.Builder
	width, height := int(p.width)+2*border, int(p.height)+2*border
	if note != "" {
		height += lineHeight + padding
		width = max(width, int(letter*float64(utf8.RuneCountInString(note)))+2*border)
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" style="max-width:100%%;height:auto" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	top := float64(border)
	if note != "" {
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#555">%s</text>`+"\n", border, border+lineHeight-4, escape(note))
		top += lineHeight + padding
	}
	for _, e := range p.edges {
		p.drawEdge(&b, e, top)
	}
	for i, box := range boxes {
		s := p.slots[i]
		fill := [...]string{Work: "#e8f0fa", Input: "#eeeeee", Weights: "#fbeed9"}[box.Kind]
		left, up := border+s.x-s.width/2, top+p.tops[s.layer]
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="5" fill="%s" stroke="#888"/>`, left, up, s.width, boxHeight(box), fill)
		for k, line := range box.Lines {
			color := "#222"
			if k > 0 {
				color = "#666"
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="%s">%s</text>`, border+s.x, up+padding/2+float64(k+1)*lineHeight-4, color, escape(line))
		}
		b.WriteByte('\n')
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawEdge draws a line through the slots that lead from one box to another, with
// a tip at its end.
func (p *picture) drawEdge(b *strings.Builder, path []int, top float64) {
	first := p.slots[path[0]]
	x, y := border+first.x, top+p.tops[first.layer]+first.height
	fmt.Fprintf(b, `<path fill="none" stroke="#777" d="M%.1f %.1f`, x, y)
	for _, i := range path[1:] {
		s := p.slots[i]
		toX, toY := border+s.x, top+p.tops[s.layer]
		if s.box {
			// Several edges end side by side.
			toX += min(max((x-toX)*0.25, -s.width/4), s.width/4)
		}
		half := (y + toY) / 2
		fmt.Fprintf(b, "C%.1f %.1f %.1f %.1f %.1f %.1f", x, half, toX, half, toX, toY)
		if !s.box {
			toY = top + p.tops[s.layer] + p.heights[s.layer]
			fmt.Fprintf(b, "V%.1f", toY)
		}
		x, y = toX, toY
	}
	fmt.Fprintf(b, `"/><path fill="#777" d="M%.1f %.1fl-3.5 -7h7z"/>`+"\n", x, y)
}

func boxHeight(b Box) float64 { return float64(max(len(b.Lines), 1)*lineHeight + padding) }

func boxWidth(b Box) float64 {
	longest := 0
	for _, line := range b.Lines {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	return letter*float64(longest) + 2*padding
}

// escape makes s a text of XML, without the characters that it cannot hold.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return html.EscapeString(s)
}
