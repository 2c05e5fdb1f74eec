package layered

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// parse reads the picture as XML and counts its elements.
func parse(t *testing.T, svg string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, ok := tok.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

func TestSVG_elements(t *testing.T) {
	svg := SVG("a < b & c", []Box{
		{Lines: []string{"x", "[1, 784]"}, Kind: Input},
		{Lines: []string{"fc.weight", "[10, 784]"}, Kind: Weights},
		{Lines: []string{"Linear", "[1, 10]"}, Reads: []int{0, 1, 0, 2, 9, -1}},
		{Lines: []string{"học\x01 sâu"}, Reads: []int{2}},
	})
	if n := parse(t, svg); n["svg"] != 1 || n["rect"] != 5 || n["text"] != 8 || n["path"] != 6 {
		t.Errorf("elements %v, expected 4 boxes on a ground, 8 lines, 3 edges with their tips", n)
	}
	for _, want := range []string{"a &lt; b &amp; c", "học sâu"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is missing in\n%s", want, svg)
		}
	}
	if n := parse(t, SVG("nothing", nil)); n["text"] != 1 {
		t.Errorf("no boxes: %v", n)
	}
}

// TestArrange_chain: a chain stands in one column, its weights at its right.
func TestArrange_chain(t *testing.T) {
	boxes := []Box{{Lines: []string{"x"}, Kind: Input}}
	for k := range 10 {
		boxes = append(boxes, Box{Lines: []string{fmt.Sprintf("layer%d.weight", k)}, Kind: Weights}, Box{Lines: []string{"Linear"}, Reads: []int{max(0, 2*k), 2*k + 1}})
	}
	p := arrange(boxes)
	for i, b := range boxes {
		s := p.slots[i]
		if b.Kind == Weights {
			if s.x <= p.slots[0].x || s.layer != p.slots[i+1].layer-1 {
				t.Errorf("%s at %.1f in layer %d, expected right of %.1f in layer %d", b.Lines[0], s.x, s.layer, p.slots[0].x, p.slots[i+1].layer-1)
			}
			continue
		}
		if d := s.x - p.slots[0].x; d > 1 || d < -1 {
			t.Errorf("box %d stands %.1f beside the chain", i, d)
		}
	}
}

// TestArrange_random: of random graphs no boxes overlap, all lie in the picture,
// and each stands below what it reads.
func TestArrange_random(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var boxes []Box
		for i := range 1 + r.IntN(40) {
			b := Box{Lines: []string{strings.Repeat("m", 1+r.IntN(20))}, Kind: Kind(r.IntN(3))}
			for range r.IntN(3) {
				if i > 0 {
					b.Reads = append(b.Reads, r.IntN(i))
				}
			}
			boxes = append(boxes, b)
		}
		p := arrange(boxes)
		for i, b := range boxes {
			for _, read := range b.Reads {
				if p.slots[read].layer >= p.slots[i].layer {
					t.Errorf("seed %d: box %d in layer %d reads %d in layer %d", seed, i, p.slots[i].layer, read, p.slots[read].layer)
				}
			}
		}
		for _, layer := range p.layers {
			for k, i := range layer {
				s := p.slots[i]
				if s.x-s.width/2 < -1e-6 || s.x+s.width/2 > p.width+1e-6 || p.tops[s.layer]+s.height > p.height+1e-6 {
					t.Errorf("seed %d: slot %d at %.1f lies outside of %.1f×%.1f", seed, i, s.x, p.width, p.height)
				}
				if k > 0 {
					if before := p.slots[layer[k-1]]; before.x+before.width/2+gapX > s.x-s.width/2+1e-6 {
						t.Errorf("seed %d: slots %d and %d are too near", seed, layer[k-1], i)
					}
				}
			}
		}
		parse(t, SVG("", boxes))
	}
}
