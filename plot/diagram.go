package plot

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Block is an operation of a network to draw.
type Block struct {
	Title  string // such as "Conv2d conv1"
	Detail string // such as "16 × 32 × 32"
	// Inputs are the blocks that it reads, by their place in the list, each
	// before itself; -1 is the network's input.
	Inputs []int
}

func checkBlocks(blocks []Block) error {
	for i, b := range blocks {
		for _, in := range b.Inputs {
			if in < -1 || in >= i {
				return errors.Errorf("block %d reads block %d, expected an earlier one, or -1", i, in)
			}
		}
	}
	return nil
}

// WriteDOT writes the network as a graph in the language of Graphviz.
func WriteDOT(w io.Writer, name, input string, blocks []Block) error {
	if err := checkBlocks(blocks); err != nil {
		return errors.Wrap(err, "write dot")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n\tnode [shape=box, fontname=\"sans-serif\"]\n", strconv.Quote(name))
	fmt.Fprintf(&b, "\tinput [label=%s, shape=ellipse]\n", strconv.Quote("input\n"+input))
	for i, block := range blocks {
		fmt.Fprintf(&b, "\tn%d [label=%s]\n", i, strconv.Quote(block.Title+"\n"+block.Detail))
		for _, in := range block.Inputs {
			if in < 0 {
				fmt.Fprintf(&b, "\tinput -> n%d\n", i)
			} else {
				fmt.Fprintf(&b, "\tn%d -> n%d\n", in, i)
			}
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return errors.Wrap(err, "write dot")
}

// The sizes of an SVG diagram in pixels.
const (
	blockW, blockH = 340, 40
	blockGap       = 22
	diagramMargin  = 20
	laneW          = 16 // between two edges that pass blocks by
)

// WriteSVG draws the network from top to bottom. Edges to the next block are
// straight; those that pass blocks by run at the right, no two in one lane.
func WriteSVG(w io.Writer, title, input string, blocks []Block) error {
	if err := checkBlocks(blocks); err != nil {
		return errors.Wrap(err, "write svg")
	}
	lanes, count := bypasses(blocks)
	width := 2*diagramMargin + blockW + laneW*(count+1)
	top := diagramMargin + 30
	y := func(i int) int { return top + (i+1)*(blockH+blockGap) } // of block i; -1 is the input
	var b strings.Builder
	height := y(len(blocks)-1) + blockH + diagramMargin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><text x="%d" y="%d" font-size="17" fill="#222">%s</text>`+"\n",
		width, height, diagramMargin, diagramMargin+12, html.EscapeString(title))
	box := func(i int, fill, head, detail string) {
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="%s" stroke="#777"/>`, diagramMargin, y(i), blockW, blockH, fill)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#222">%s</text><text x="%d" y="%d" fill="#555" font-size="12">%s</text>`+"\n",
			diagramMargin+10, y(i)+17, html.EscapeString(head), diagramMargin+10, y(i)+33, html.EscapeString(detail))
	}
	box(-1, "#eee", "input", input)
	for i, block := range blocks {
		box(i, blockColor(block.Title), block.Title, block.Detail)
		for _, in := range block.Inputs {
			if in == i-1 {
				x := diagramMargin + blockW/2
				fmt.Fprintf(&b, `<path d="M%d %dV%d" stroke="#555" marker-end="url(#tip)"/>`+"\n", x, y(in)+blockH, y(i))
				continue
			}
			right := diagramMargin + blockW
			lane := right + laneW*(lanes[link{in, i}]+1)
			from, to := y(in)+blockH*3/4, y(i)+blockH/4
			fmt.Fprintf(&b, `<path d="M%d %dH%dV%dH%d" fill="none" stroke="#555" marker-end="url(#tip)"/>`+"\n", right, from, lane, to, right)
		}
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return errors.Wrap(err, "write svg")
}

type link struct{ from, to int }

// bypasses gives each edge that passes blocks by the first lane that is free
// between its ends.
func bypasses(blocks []Block) (lanes map[link]int, count int) {
	lanes = map[link]int{}
	var ends []int // of the last edge in each lane
	var edges []link
	for i, b := range blocks {
		for _, in := range b.Inputs {
			if in != i-1 {
				edges = append(edges, link{in, i})
			}
		}
	}
	slices.SortStableFunc(edges, func(a, b link) int { return a.from - b.from })
	for _, e := range edges {
		lane := slices.IndexFunc(ends, func(end int) bool { return end <= e.from })
		if lane < 0 {
			lane, ends = len(ends), append(ends, 0)
		}
		ends[lane] = e.to
		lanes[e] = lane
	}
	return lanes, len(ends)
}

// blockColor tells what has weights from what has none.
func blockColor(title string) string {
	switch {
	case strings.HasPrefix(title, "Conv"):
		return "#dce9f7"
	case strings.HasPrefix(title, "Linear"):
		return "#f7e6cf"
	case strings.Contains(title, "Pool"), strings.HasPrefix(title, "Mean"):
		return "#def0dc"
	}
	return "#fff"
}
