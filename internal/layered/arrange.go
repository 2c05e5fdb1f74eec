package layered

import (
	"cmp"
	"slices"
)

// picture is where everything stands.
type picture struct {
	slots         []slot    // the boxes in their order, then the bends of long edges
	layers        [][]int   // slots from left to right
	edges         [][]int   // slots from a box to the one that reads it
	tops, heights []float64 // of the layers
	width, height float64
}

// slot is a place in a layer: of a box, or of an edge that passes the layer.
type slot struct {
	box           bool
	kind          Kind
	layer         int
	width, height float64
	x             float64 // of its middle
	above, below  []int   // slots of the next layers that edges lead to
}

// arrange puts the boxes into layers, then in order, then in place, as Sugiyama
// and others do it: layers by the longest way from the inputs, edges that pass a
// layer take a place there, the order follows the mean place of the neighbours.
//
// Source: doi:10.1109/TSMC.1981.4308636.
func arrange(boxes []Box) *picture {
	p := &picture{slots: make([]slot, len(boxes))}
	reads := make([][]int, len(boxes))
	for i, b := range boxes {
		p.slots[i] = slot{box: true, kind: b.Kind, width: boxWidth(b), height: boxHeight(b)}
		for _, r := range b.Reads {
			if r >= 0 && r < i && !slices.Contains(reads[i], r) {
				reads[i] = append(reads[i], r)
				p.slots[i].layer = max(p.slots[i].layer, p.slots[r].layer+1)
			}
		}
	}
	p.lower(reads)
	for i := range boxes {
		for _, r := range reads[i] {
			p.connect(r, i)
		}
	}
	p.stack()
	p.order()
	p.place()
	return p
}

// lower moves what reads nothing down to just above its first reader.
func (p *picture) lower(reads [][]int) {
	first := make([]int, len(p.slots))
	for i := range p.slots {
		for _, r := range reads[i] {
			if first[r] == 0 || p.slots[i].layer < first[r] {
				first[r] = p.slots[i].layer
			}
		}
	}
	for i := range p.slots {
		if len(reads[i]) == 0 && first[i] > 0 {
			p.slots[i].layer = first[i] - 1
		}
	}
}

// connect makes the edge from a box to its reader, with a slot in each layer
// between.
func (p *picture) connect(from, to int) {
	path := []int{from}
	for layer := p.slots[from].layer + 1; layer < p.slots[to].layer; layer++ {
		path = append(path, len(p.slots))
		p.slots = append(p.slots, slot{layer: layer, width: 4})
	}
	path = append(path, to)
	for k := 1; k < len(path); k++ {
		a, b := path[k-1], path[k]
		p.slots[a].below = append(p.slots[a].below, b)
		p.slots[b].above = append(p.slots[b].above, a)
	}
	p.edges = append(p.edges, path)
}

// stack fills the layers: first what continues from above, then weights, so that
// a chain stays straight.
func (p *picture) stack() {
	depth := 0
	for _, s := range p.slots {
		depth = max(depth, s.layer+1)
	}
	p.layers, p.heights, p.tops = make([][]int, depth), make([]float64, depth), make([]float64, depth)
	for i, s := range p.slots {
		p.layers[s.layer] = append(p.layers[s.layer], i)
		p.heights[s.layer] = max(p.heights[s.layer], s.height)
	}
	y := 0.0
	for k, layer := range p.layers {
		slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(p.slots[a].rank(), p.slots[b].rank()) })
		p.tops[k] = y
		y += p.heights[k] + gapY
	}
	p.height = max(y-gapY, 0)
}

func (s slot) rank() int {
	if s.box && s.kind == Weights {
		return 1
	}
	return 0
}

// order sorts each layer by the mean place of its neighbours, downwards and
// upwards a few times.
func (p *picture) order() {
	at := make([]float64, len(p.slots))
	number := func(layer []int) {
		for k, i := range layer {
			at[i] = float64(k)
		}
	}
	for _, layer := range p.layers {
		number(layer)
	}
	sort := func(layer []int, neighbours func(s slot) []int) {
		mean := map[int]float64{}
		for _, i := range layer {
			mean[i] = at[i]
			if list := neighbours(p.slots[i]); len(list) > 0 {
				mean[i] = 0
				for _, n := range list {
					mean[i] += at[n] / float64(len(list))
				}
			}
		}
		slices.SortStableFunc(layer, func(a, b int) int {
			return cmp.Or(cmp.Compare(mean[a], mean[b]), cmp.Compare(p.slots[a].rank(), p.slots[b].rank()))
		})
		number(layer)
	}
	for range 4 {
		for _, layer := range p.layers {
			sort(layer, func(s slot) []int { return s.above })
		}
		for _, layer := range slices.Backward(p.layers) {
			sort(layer, func(s slot) []int { return s.below })
		}
	}
}

// place gives each slot its x: as near as it can be to its neighbours, in the
// order of its layer.
func (p *picture) place() {
	for _, layer := range p.layers {
		p.spread(layer, func(s slot) []int { return nil })
	}
	for range 6 {
		for _, layer := range p.layers {
			p.spread(layer, func(s slot) []int { return s.above })
		}
		for _, layer := range slices.Backward(p.layers) {
			p.spread(layer, func(s slot) []int { return s.below })
		}
	}
	left, right := 0.0, 0.0
	for i, s := range p.slots {
		if i == 0 || s.x-s.width/2 < left {
			left = s.x - s.width/2
		}
		if i == 0 || s.x+s.width/2 > right {
			right = s.x + s.width/2
		}
	}
	for i := range p.slots {
		p.slots[i].x -= left
	}
	p.width = right - left
}

// block is a run of neighbours that touch: they move together.
type block struct {
	slots       []int
	x, weight   float64 // where the middle of the first wants to be, how strongly
	from, until float64 // how far the block reaches from that middle
}

// spread puts the slots of a layer where the sum of w·(x − wanted)² is least and
// none overlap: blocks that would overlap are joined, from left to right.
func (p *picture) spread(layer []int, neighbours func(s slot) []int) {
	var blocks []block
	for _, i := range layer {
		s := p.slots[i]
		x, w := p.wanted(s, neighbours(s))
		blocks = append(blocks, block{[]int{i}, x, w, -s.width / 2, s.width / 2})
		for len(blocks) > 1 {
			b, a := blocks[len(blocks)-1], blocks[len(blocks)-2]
			if a.x+a.until+gapX <= b.x+b.from {
				break
			}
			shift := a.until + gapX - b.from // from the first of a to the first of b
			a.x = (a.weight*a.x + b.weight*(b.x-shift)) / (a.weight + b.weight)
			a.weight += b.weight
			a.until = shift + b.until
			a.slots = append(a.slots, b.slots...)
			blocks = append(blocks[:len(blocks)-2], a)
		}
	}
	for _, b := range blocks {
		x := b.x
		for k, i := range b.slots {
			if k > 0 {
				x += p.slots[b.slots[k-1]].width/2 + gapX + p.slots[i].width/2
			}
			p.slots[i].x = x
		}
	}
}

// wanted is the mean place of the neighbours. Weights come to the operations, not
// the operations to them.
func (p *picture) wanted(s slot, neighbours []int) (x, weight float64) {
	weight = 1
	if s.rank() == 0 {
		weight = 1e4
	}
	sum, n := 0.0, 0.0
	for _, i := range neighbours {
		w := 1.0
		if p.slots[i].rank() > 0 {
			w = 1e-3
		}
		sum, n = sum+w*p.slots[i].x, n+w
	}
	if n == 0 {
		return s.x, weight
	}
	return sum / n, weight
}
