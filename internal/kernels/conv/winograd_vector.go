//go:build amd64 || arm64

package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

const (
	// winogradLeast is the fewest channels, of operand and result, that repay
	// the transforms.
	winogradLeast = 12
	// privateBytes bounds transformed weights that all threads read again for
	// each block; of larger ones each thread makes a part, and uses it at once.
	privateBytes = 4 << 20
	// operandBytes is about the size of a block's transformed operand.
	operandBytes = 640 << 10
	// sharedBytes is about that of one that all threads share.
	sharedBytes = 7 << 20
	// sumTerms is the most channels that are summed at a time: as many transformed
	// weights stay in the second-level cache.
	sumTerms = 256
)

// winograd is the plan of a convolution, or its gradient towards the input, by
// Winograd's algorithm: a tile of 4×4 results is the transform of 36 products in
// place of 144, or 25 in place of 64 for each phase (Lavin & Gray,
// arXiv:1509.09308, algorithm 1),
//
//	result = Aᵀ [Σ_c (G·w_c·Gᵀ) ⊙ (Bᵀ·x_c·B)] A
//
// The sums over channels are products of matrices [rows, channels]·[channels,
// tiles], one for each number of a square. A block is the tiles of some samples
// and some rows of tiles; they are the lanes of vectors, in this order.
//
// With a stride the operand of a convolution has a set of channels for each
// phase, all of which are summed. The gradient's result is computed phase by
// phase, each from one set: its operand, from the first place or the second on.
type winograd struct {
	scheme
	channels, rows int       // of the operand, of the result
	in, out        [2]int    // rows and columns of these
	lead           [2]int    // padding before the operand
	flipped        bool      // the gradient takes the weights backwards
	zoom           int       // places of the operand from tile to tile are zoom·4
	side           int       // phases of the result along a side
	shift          [2][2]int // of the operand, along each axis, for these
	sets           [2]int    // of channels of the operand: phases or shifts
	reach          int       // places that a tile reads along a side

	down, across int   // tiles of a sample
	samples      int   // of a block
	tileRows     int   // of a block
	blocks       int   // of samples
	bands        int   // of rows of tiles
	shared       bool  // threads divide a block's rows, not the blocks
	starts       []int // of the panels of rows, and the end

	pitch         int     // from channel to channel of a block's tiles
	padRow        int     // numbers of a row of the padded operand
	padPlane      int     // of a sample's
	stageRow      int     // of a row of the results that go through a buffer
	stagePlane    int     // of a sample's, else 0
	tabIn, tabOut []int32 // [kinds of block, pitch] where tiles begin
	quads         bool    // four tiles, at multiples of four, lie side by side
	operandPlane  int     // from plane to plane of the transformed operand
	terms         int     // channels of the transformed weights that are kept
	panel         int     // from panel to panel of these
	productLen    int     // of the products of a panel and phase

	sharedLen, workerLen int
	lens                 [7]int // of a worker's parts
}

// runWinograd plans and computes; false where the definition is as fast, or the
// shape another.
func (p *plan) runWinograd() (ok bool) {
	s, w := &p.s, &p.winograd
	if w.scheme, ok = schemeOf(s, p.level); !ok {
		return false
	}
	w.in, w.out = [2]int{s.In[1], s.In[2]}, [2]int{s.Out[1], s.Out[2]}
	w.lead = [2]int{s.PadStart[1], s.PadStart[2]}
	w.channels, w.rows, w.flipped = s.C, s.K, false
	w.zoom, w.side, w.sets, w.reach = w.step, 1, [2]int{w.step, w.step}, w.step*w.window
	if p.pass == backwardInput {
		w.in, w.out = w.out, w.in
		w.channels, w.rows, w.flipped = s.K, s.C, true
		w.turnAround()
	}
	if w.step > 1 && s.taps() < rawTaps && (w.flipped || min(s.C, s.K) < 2*w.lanes()) {
		return false // a third of the weights are zeros of the scheme's
	}
	w.down, w.across = w.tilesOf(w.out[0]), w.tilesOf(w.out[1])
	if w.out[0]*w.out[1]*2 < w.down*w.across*square*square*w.side*w.side {
		return false // most of the tiles lies outside
	}
	p.cutWinograd()
	if !p.winogradTables() {
		return false
	}
	p.winogradMemory()
	defer p.borrow(w.sharedLen + p.threads*w.workerLen).Release()

	panels := len(w.starts) - 1
	if !w.shared {
		p.loop(stageKernels, panels)
		p.loop(stageBlocks, w.blocks*w.bands)
		return true
	}
	for p.item = range w.blocks * w.bands {
		p.loop(stageOperand, w.channels)
		p.loop(stagePanels, panels)
	}
	return true
}

// tilesOf returns how many tiles n places of the result take.
func (w *winograd) tilesOf(n int) int { return (n + square*w.side - 1) / (square * w.side) }

// turnAround sets what differs for the gradient. Place step·j + o of the result,
// o < step, meets the weights of phase (o + pad) mod step and, of the gradient of
// y, the place j + (o + pad)/step and as many before it as there are more weights.
func (w *winograd) turnAround() {
	w.zoom, w.side, w.reach = 1, w.step, w.window+w.step-1
	for axis, pad := range w.lead {
		least := pad / w.step
		w.lead[axis], w.sets[axis] = w.taps-1-least, 1
		for o := range w.step {
			w.shift[axis][o] = (o+pad)/w.step - least
			w.sets[axis] = max(w.sets[axis], 1+w.shift[axis][o])
		}
	}
}

// phaseOf returns the phase of the weights for one of the result.
func (w *winograd) phaseOf(down, right int, pad [3]int) int {
	return (down+pad[1])%w.step*w.step + (right+pad[2])%w.step
}

// allSets returns how many sets of channels of the operand there are.
func (w *winograd) allSets() int { return w.sets[0] * w.sets[1] }

// phasesOut returns how many phases of the result there are.
func (w *winograd) phasesOut() int { return w.side * w.side }

// cutWinograd chooses the blocks, and the panels of rows.
func (p *plan) cutWinograd() {
	s, w := &p.s, &p.winograd
	l := w.lanes()
	image := w.down * w.across
	perTile := 4 * w.squares() * w.allSets() * w.channels
	most := min(8*l, max(2*l, operandBytes/perTile), max(2*l, s.N*image/(4*p.threads)))
	w.shared = 4*w.squares()*w.phases()*w.channels*w.rows > privateBytes || s.N*image <= 2*l*p.threads
	if w.shared {
		most = min(8*l, max(2*l, sharedBytes/perTile))
	}
	// fill is the part of the vectors that n tiles use.
	fill := func(n int) float64 { return float64(n) / float64((n+l-1)/l*l) }
	w.samples, w.tileRows = 1, w.down
	if image <= most {
		for n := 2; n <= min(s.N, most/image); n++ {
			if fill(n*image) >= fill(w.samples*image)-0.02 {
				w.samples = n
			}
		}
	} else {
		w.tileRows = 1
		for n := 2; n*w.across <= most; n++ {
			if fill(n*w.across) >= fill(w.tileRows*w.across)-0.02 {
				w.tileRows = n
			}
		}
	}
	w.blocks = (s.N + w.samples - 1) / w.samples
	w.bands = (w.down + w.tileRows - 1) / w.tileRows
	if w.shared { // one as large as the other
		w.samples, w.tileRows = (s.N+w.blocks-1)/w.blocks, (w.down+w.bands-1)/w.bands
	}

	g := p.tiling()
	w.starts = w.starts[:0]
	for r := 0; r < w.rows; r += g.height(w.rows - r) {
		w.starts = append(w.starts, r)
	}
	w.starts = append(w.starts, w.rows)
}

// winogradTables makes the tables of the tiles' places, for blocks with all
// samples or the last ones, and all rows of tiles or the last; false where the
// places exceed them.
func (p *plan) winogradTables() bool {
	w := &p.winograd
	l := w.lanes()
	w.pitch = (w.samples*w.tileRows*w.across + l - 1) / l * l
	w.padRow = square*w.zoom*w.across + 4
	w.padPlane = w.padRow * (square*w.zoom*(w.tileRows-1) + w.reach)
	w.stageRow, w.stagePlane = 0, 0
	w.quads = w.across%4 == 0
	side := square * w.side // of a tile of all phases
	outRow, outPlane := w.out[1], w.rows*w.out[0]*w.out[1]
	if w.out[0]%side+w.out[1]%side > 0 {
		w.stageRow = side * w.across
		w.stagePlane = side * w.stageRow * w.tileRows
		outRow, outPlane = w.stageRow, w.stagePlane
	}
	if 4*w.samples*max(outPlane, w.padPlane) > math.MaxInt32 {
		return false
	}
	w.tabIn, w.tabOut = w.tabIn[:0], w.tabOut[:0]
	for _, n := range [2]int{w.samples, p.s.N - (w.blocks-1)*w.samples} {
		for _, rows := range [2]int{w.tileRows, w.down - (w.bands-1)*w.tileRows} {
			begin := len(w.tabIn)
			for tile := range n * rows {
				in := tile/rows*w.padPlane + square*w.zoom*(tile%rows)*w.padRow
				out := tile/rows*outPlane + side*(tile%rows)*outRow
				for column := range w.across {
					w.tabIn = append(w.tabIn, int32(4*(in+square*w.zoom*column)))
					w.tabOut = append(w.tabOut, int32(4*(out+side*column)))
				}
			}
			// A lane that misses writes where another of its vector does later.
			back := 1
			if w.quads {
				back = 4
			}
			for len(w.tabIn)-begin < w.pitch {
				at := len(w.tabIn) - back
				w.tabIn, w.tabOut = append(w.tabIn, w.tabIn[at]), append(w.tabOut, w.tabOut[at])
			}
		}
	}
	return true
}

func (p *plan) winogradMemory() {
	w := &p.winograd
	h, l, squares := w.starts[1], w.lanes(), w.squares()
	w.operandPlane = apart(w.allSets() * w.channels * w.pitch)
	w.terms = w.phases() / w.phasesOut() * w.channels
	if w.shared {
		w.terms = min(w.channels, sumTerms)
	}
	w.panel = squares * w.weightPlane(h)
	if !w.shared {
		w.panel *= w.phasesOut()
	}
	operand, weight := squares*w.operandPlane, w.panel
	if w.shared {
		w.sharedLen, operand = operand, 0
	} else {
		w.sharedLen, weight = w.panel*(len(w.starts)-1), 0
	}
	w.productLen = squares * apart(h*w.pitch)
	w.lens = [...]int{
		turnSize, operand, weight,
		w.side * w.productLen,
		max(w.reach*max(w.reach, 6), w.side*square*square) * w.pitch, // lanes
		w.samples*w.padPlane + 16,                                    // the padded operand
		max(2*rawTaps*rawChannels*l, w.samples*w.stagePlane),         // weights in order; results
	}
	w.workerLen = align(w.lens[:])
}

// align rounds the lengths of parts up to whole cache lines and returns the sum.
func align(lens []int) (sum int) {
	for i, n := range lens {
		lens[i] = scratch.Round(4*n) / 4
		sum += lens[i]
	}
	return sum
}

// apart returns the distance of planes of n numbers or a little more, such that
// the same number of each lies in another set of the first-level cache.
func apart(n int) int { return ((n+15)/16 | 1) * 16 }

// workspace is a worker's memory.
type workspace struct {
	tmp, product, lanes, pad, rest []float32
	operand                        []float32 // the worker's own or, if shared, of all
	weight                         []float32 // of all panels or, if shared, of one
}

func (p *plan) workspace(worker int) (m workspace) {
	w := &p.winograd
	own := p.mem[w.sharedLen+worker*w.workerLen:]
	for i, part := range []*[]float32{&m.tmp, &m.operand, &m.weight, &m.product, &m.lanes, &m.pad, &m.rest} {
		n := w.lens[i]
		*part, own = own[:n:n], own[n:]
	}
	if w.shared {
		m.operand = p.mem[:w.sharedLen]
	} else {
		m.weight = p.mem[:w.sharedLen]
	}
	return m
}

// winogradRange does the units lo to hi of a stage.
func (p *plan) winogradRange(worker, lo, hi int) {
	w := &p.winograd
	m := p.workspace(worker)
	switch p.stage {
	case stageKernels:
		for u := lo; u < hi; u++ {
			p.turnPanel(&m, m.weight[u*w.panel:][:w.panel], u)
		}
	case stageBlocks:
		clear(m.pad)
		for u := lo; u < hi; u++ {
			b := p.blockAt(u)
			p.turnOperand(&m, &b, 0, w.channels)
			for i := range len(w.starts) - 1 {
				p.multiply(&m, m.weight[i*w.panel:][:w.panel], &b, i)
			}
		}
	case stageOperand:
		clear(m.pad)
		b := p.blockAt(p.item)
		p.turnOperand(&m, &b, lo, hi)
	case stagePanels:
		b := p.blockAt(p.item)
		for i := lo; i < hi; i++ {
			p.multiply(&m, m.weight, &b, i)
		}
	}
}

// block is n samples from sample first on, and the rows of tiles from row on.
type block struct {
	first, n, row, rows int
	tiles, vectors      int
	kind                int // of its tables
}

func (p *plan) blockAt(u int) (b block) {
	w := &p.winograd
	b.first, b.row = u/w.bands*w.samples, u%w.bands*w.tileRows
	b.n, b.rows = min(w.samples, p.s.N-b.first), min(w.tileRows, w.down-b.row)
	b.tiles = b.n * b.rows * w.across
	b.vectors = (b.tiles + w.lanes() - 1) / w.lanes()
	if b.n < w.samples {
		b.kind = 2
	}
	if b.rows < w.tileRows {
		b.kind++
	}
	return b
}
