package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/lanes"
)

const (
	square  = 4               // places along a side of a tile of the result
	window  = square + 2      // and of what it reads
	squares = window * window // products, for the 16·9 of the definition
	// winogradLeast is the fewest channels, of operand and result, that repay
	// the transforms.
	winogradLeast = 12
	// privateBytes bounds transformed weights that all threads read again for
	// each block; of larger ones each thread makes a part, and uses it at once.
	privateBytes = 2 << 20
	// operandBytes is about the size of a block's transformed operand.
	operandBytes = 640 << 10
	// sumTerms is the most channels that are summed at a time: as many transformed
	// weights stay in the second-level cache.
	sumTerms = 256
	// sharedBytes is about that of one that all threads share.
	sharedBytes = 10 << 20
)

// winograd is the plan of a 3×3 convolution, or its gradient towards the input,
// by Winograd's F(4×4, 3×3): a tile of 4×4 results is the transform of 36
// products in place of 144 (Lavin & Gray, arXiv:1509.09308, algorithm 1),
//
//	result = Aᵀ [Σ_c (G·w_c·Gᵀ) ⊙ (Bᵀ·x_c·B)] A
//
// The sums over channels are 36 products of matrices [rows, channels]·[channels,
// tiles]. A block is the tiles of some samples and some rows of tiles; they are
// the lanes of vectors, in this order.
type winograd struct {
	turns          turns
	channels, rows int    // of the operand, of the result
	in, out        [2]int // rows and columns of these
	lead           [2]int // padding before the operand
	flipped        bool   // the gradient takes the weights backwards

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
	stagePlane    int     // of a sample's results that go through a buffer, else 0
	tabIn, tabOut []int32 // [kinds of block, pitch] where tiles begin
	operandPlane  int     // from plane to plane of the transformed operand
	terms         int     // channels of the transformed weights that are kept
	panel         int     // from panel to panel of these

	sharedLen, workerLen int
	lens                 [7]int // of a worker's parts
}

// runWinograd plans and computes; false where the definition is as fast, or the
// shape another.
func (p *plan) runWinograd() bool {
	s, w := &p.s, &p.winograd
	if !p.transformable() {
		return false
	}
	w.turns = p.level >= cpu.AVX512
	w.in, w.out = [2]int{s.In[1], s.In[2]}, [2]int{s.Out[1], s.Out[2]}
	w.lead = [2]int{s.PadStart[1], s.PadStart[2]}
	w.channels, w.rows, w.flipped = s.C, s.K, false
	if p.pass == backwardInput {
		w.in, w.out = w.out, w.in
		w.lead = [2]int{2 - w.lead[0], 2 - w.lead[1]}
		w.channels, w.rows, w.flipped = s.K, s.C, true
	}
	w.down, w.across = (w.out[0]+square-1)/square, (w.out[1]+square-1)/square
	if w.out[0]*w.out[1]*2 < w.down*w.across*square*square {
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

// transformable reports whether the shape is one that the transforms are for.
func (p *plan) transformable() bool {
	s := &p.s
	ones := [3]int{1, 1, 1}
	return s.Groups == 1 && s.In[0] == 1 && s.Kernel == [3]int{1, 3, 3} && s.Stride == ones && s.Dilation == ones &&
		s.PadStart[0]+s.PadEnd[0] == 0 && max(s.PadStart[1], s.PadStart[2]) <= 2 && min(s.C, s.K) >= winogradLeast
}

// cutWinograd chooses the blocks, and the panels of rows.
func (p *plan) cutWinograd() {
	s, w := &p.s, &p.winograd
	l := w.turns.lanes()
	image := w.down * w.across
	most := min(8*l, max(2*l, operandBytes/(4*squares*w.channels)), max(2*l, s.N*image/(4*p.threads)))
	w.shared = 4*squares*w.channels*w.rows > privateBytes || s.N*image <= 2*l*p.threads
	if w.shared {
		most = min(8*l, max(2*l, sharedBytes/(4*squares*w.channels)))
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
	l := w.turns.lanes()
	w.pitch = (w.samples*w.tileRows*w.across + l - 1) / l * l
	w.padRow = square*w.across + 4
	w.padPlane = w.padRow * (square*w.tileRows + 2)
	outRow, outPlane := w.out[1], w.rows*w.out[0]*w.out[1]
	w.stagePlane = 0
	if w.out[0]%square+w.out[1]%square > 0 {
		w.stagePlane = square * square * w.across * w.tileRows
		outRow, outPlane = square*w.across, w.stagePlane
	}
	if 4*w.samples*max(outPlane, w.padPlane) > math.MaxInt32 {
		return false
	}
	w.tabIn, w.tabOut = w.tabIn[:0], w.tabOut[:0]
	for _, n := range []int{w.samples, p.s.N - (w.blocks-1)*w.samples} {
		for _, rows := range []int{w.tileRows, w.down - (w.bands-1)*w.tileRows} {
			for lane := range w.pitch {
				lane = min(lane, n*rows*w.across-1)
				sample, row, column := lane/w.across/rows, lane/w.across%rows, lane%w.across
				w.tabIn = append(w.tabIn, int32(4*(sample*w.padPlane+square*(row*w.padRow+column))))
				w.tabOut = append(w.tabOut, int32(4*(sample*outPlane+square*(row*outRow+column))))
			}
		}
	}
	return true
}

func (p *plan) winogradMemory() {
	w := &p.winograd
	h, l := w.starts[1], w.turns.lanes()
	w.operandPlane = apart(w.channels * w.pitch)
	w.terms = w.channels
	if w.shared {
		w.terms = min(w.terms, sumTerms)
	}
	w.panel = squares * w.weightPlane(h)
	operand, weight := squares*w.operandPlane, w.panel
	if w.shared {
		w.sharedLen, operand = operand, 0
	} else {
		w.sharedLen, weight = w.panel*(len(w.starts)-1), 0
	}
	w.lens = [...]int{
		turnSize, operand, weight,
		squares * apart(h*w.pitch),                   // products
		squares * w.pitch,                            // lanes
		w.samples*w.padPlane + 16,                    // the padded operand
		max(9*rawChannels*l, w.samples*w.stagePlane), // weights in order; results
	}
	w.workerLen = 0
	for i, n := range w.lens {
		w.lens[i] = (n + 15) &^ 15
		w.workerLen += w.lens[i]
	}
}

// apart returns the distance of planes of n numbers or a little more, such that
// the same number of each lies in another set of the first-level cache.
func apart(n int) int { return ((n+15)/16 | 1) * 16 }

// bench is a worker's memory.
type bench struct {
	tmp, product, lanes, pad, rest []float32
	operand                        []float32 // the worker's own or, if shared, of all
	weight                         []float32 // of all panels or, if shared, of one
}

func (p *plan) bench(worker int) (m bench) {
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
	m := p.bench(worker)
	switch p.stage {
	case stageKernels:
		for u := lo; u < hi; u++ {
			p.turnWeights(&m, m.weight[u*w.panel:], u, 0, w.channels)
		}
	case stageBlocks:
		clear(m.pad)
		for u := lo; u < hi; u++ {
			b := p.blockAt(u)
			p.turnOperand(&m, &b, 0, w.channels)
			for i := range len(w.starts) - 1 {
				p.multiply(&m, m.weight[i*w.panel:], &b, i)
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
	tiles               int
	kind                int // of its tables
}

func (p *plan) blockAt(u int) (b block) {
	w := &p.winograd
	b.first, b.row = u/w.bands*w.samples, u%w.bands*w.tileRows
	b.n, b.rows = min(w.samples, p.s.N-b.first), min(w.tileRows, w.down-b.row)
	b.tiles = b.n * b.rows * w.across
	if b.n < w.samples {
		b.kind = 2
	}
	if b.rows < w.tileRows {
		b.kind++
	}
	return b
}

// rawChannels is how many channels of weights are put in order at a time.
const rawChannels = 32

// weightPlane returns the distance of planes of the weights of h rows.
func (w *winograd) weightPlane(h int) int { return apart(w.terms*h + 16) }

// turnWeights sets dst [36, count, rows] to the transformed weights of a panel of
// rows for count channels from channel first on.
func (p *plan) turnWeights(m *bench, dst []float32, panel, first, count int) {
	s, w := &p.s, &p.winograd
	r0, h := w.starts[panel], w.starts[panel+1]-w.starts[panel]
	l, plane := w.turns.lanes(), w.weightPlane(h)
	tap := uintptr(4 * l)
	t := turnArgs{
		srcRow: 3 * tap, srcCol: tap, srcStep: 9 * tap,
		dstRow: uintptr(4 * window * plane), dstCol: uintptr(4 * plane), dstStep: uintptr(4 * h),
		tmp: address(m.tmp, 0),
	}
	if w.flipped {
		t.srcRow, t.srcCol = -t.srcRow, -t.srcCol
	}
	for c := first; c < first+count; c += rawChannels {
		t.n = min(rawChannels, first+count-c)
		t.src, t.dst = address(m.rest, 0), address(dst, (c-first)*h)
		if w.flipped {
			t.src += 8 * tap
			p.weaveWeights(m.rest, (c*s.C+r0)*9, h, t.n)
		} else {
			p.interleaveWeights(m.rest, (r0*s.C+c)*9, h, 9*t.n)
		}
		w.turns.weight(&t)
	}
}

// interleaveWeights sets dst [n, lanes] to n numbers of h rows of weights, that
// begin at first.
func (p *plan) interleaveWeights(dst []float32, first, h, n int) {
	var rows [16]int
	for i := range rows {
		rows[i] = first + min(i, h-1)*p.s.C*9
	}
	if p.winograd.turns {
		lanes.Interleave16(dst, 16, p.w, &rows, n)
	} else {
		lanes.Interleave(dst, 8, p.w, (*[8]int)(rows[:8]), n)
	}
}

// weaveWeights sets dst [n, 9, lanes] to the weights of h neighbours of n
// channels of dy, that begin at first: the taps 0 to 7, and 5 to 8.
func (p *plan) weaveWeights(dst []float32, first, h, n int) {
	w := &p.winograd
	l := w.turns.lanes()
	var tab [32]int32
	for i := range 2 * l {
		tab[i] = int32(4 * (9*min(i%l, h-1) + i/l*square))
	}
	t := chunkArgs{
		tab: &tab[0], vectors: 2, row: address(p.w, first), rowStep: uintptr(36 * p.s.C),
		lanes: address(dst, 0), phase: uintptr(4 * l), lanesNext: uintptr(16 * l), lanesStep: uintptr(36 * l), rows: n,
	}
	w.turns.weave(&t)
	t.vectors, t.row, t.lanes, t.rows = 1, address(p.w, first+5), address(dst, 5*l), n
	w.turns.weave(&t)
}

// turnOperand transforms the channels lo to hi of a block: [36, channels, tiles].
func (p *plan) turnOperand(m *bench, b *block, lo, hi int) {
	w := &p.winograd
	x := p.x
	if w.flipped {
		x = p.y
	}
	area, l, line := w.in[0]*w.in[1], w.turns.lanes(), uintptr(4*w.pitch)
	vectors := (b.tiles + l - 1) / l
	for c := lo; c < hi; c++ {
		for i := range b.n {
			p.padOperand(m.pad[i*w.padPlane:], x[((b.first+i)*w.channels+c)*area:][:area], square*b.row, square*b.rows+2)
		}
		w.turns.cut(&chunkArgs{
			tab: &w.tabIn[b.kind*w.pitch], vectors: vectors, row: address(m.pad, 0), rowStep: uintptr(4 * w.padRow),
			lanes: address(m.lanes, 0), phase: line, lanesNext: uintptr(4 * l), lanesStep: window * line, rows: window,
		})
		w.turns.input(&turnArgs{
			src: address(m.lanes, 0), srcRow: window * line, srcCol: line, srcStep: uintptr(4 * l),
			dst: address(m.operand, c*w.pitch), dstRow: uintptr(4 * window * w.operandPlane), dstCol: uintptr(4 * w.operandPlane),
			dstStep: uintptr(4 * l), n: vectors, tmp: address(m.tmp, 0),
		})
	}
}

// padOperand copies count rows of a plane, of which the first is row of the
// padded one. What lies beside them stays zero.
func (p *plan) padOperand(dst, x []float32, row, count int) {
	w := &p.winograd
	first := row - w.lead[0] // in the plane
	top := min(count, max(0, -first))
	n := max(0, min(count, w.in[0]-first)-top)
	clear(dst[:top*w.padRow])
	clear(dst[(top+n)*w.padRow : count*w.padRow])
	if n == 0 {
		return
	}
	width := min(w.in[1], w.padRow-w.lead[1])
	to, from := dst[top*w.padRow+w.lead[1]:], x[(first+top)*w.in[1]:]
	if width > 64 {
		for r := range n {
			copy(to[r*w.padRow:][:width], from[r*w.in[1]:])
		}
		return
	}
	// Zeros behind the last strip may begin the next row, which comes later.
	for c := (width - 1) / 16 * 16; c >= 0; c -= 16 {
		lanes.Strip(to[c:], w.padRow, from[c:], w.in[1], min(16, width-c), n)
	}
}

// multiply computes a panel of rows of a block. weight holds the panel's or, if
// shared, takes them.
func (p *plan) multiply(m *bench, weight []float32, b *block, panel int) {
	w := &p.winograd
	r0, h := w.starts[panel], w.starts[panel+1]-w.starts[panel]
	plane := apart(h * w.pitch)
	for c := 0; c < w.channels; c += sumTerms {
		n := min(sumTerms, w.channels-c)
		of := weight
		if w.shared {
			p.turnWeights(m, weight, panel, c, n)
		} else {
			of = weight[c*h:]
		}
		products := gemm.Products{
			Count: squares, M: h, N: b.tiles, K: n,
			A: of, LdA: h, StrideA: w.weightPlane(h), B: m.operand[c*w.pitch:], StrideB: w.operandPlane, LdB: w.pitch,
			C: m.product, StrideC: plane, LdC: w.pitch, Accumulate: c > 0,
		}
		products.Run(p.level)
	}

	res := p.y
	if w.flipped {
		res = p.x
	}
	l, line, area := w.turns.lanes(), uintptr(4*w.pitch), w.out[0]*w.out[1]
	t := turnArgs{
		srcRow: uintptr(4 * window * plane), srcCol: uintptr(4 * plane), srcStep: uintptr(4 * l),
		dstRow: square * line, dstCol: line, dstStep: uintptr(4 * l),
		tmp: address(m.tmp, 0), slope: p.slope,
	}
	vectors := (b.tiles + l - 1) / l
	j := chunkArgs{vectors: vectors, lanes: address(m.lanes, 0), phase: line, lanesNext: uintptr(4 * l), lanesStep: square * line}
	if !w.flipped {
		t.flags = activation(p.act)
	}
	for r := range h {
		if p.bias != nil && !w.flipped {
			t.bias = p.bias[r0+r]
		}
		t.src, t.dst, t.n = address(m.product, r*w.pitch), address(m.lanes, 0), vectors
		w.turns.output(&t)
		j.tab, j.rows = &w.tabOut[b.kind*w.pitch], square
		at := (b.first*w.rows+r0+r)*area + square*b.row*w.out[1]
		if w.stagePlane > 0 {
			j.row, j.rowStep = address(m.rest, 0), uintptr(4*square*w.across)
		} else {
			j.row, j.rowStep = address(res, at), uintptr(4*w.out[1])
		}
		w.turns.join(&j)
		if w.stagePlane > 0 || p.norm.Mean != nil || t.flags == 0 && p.act != gemm.Identity && !w.flipped {
			for i := range b.n {
				p.finishRow(m.rest[i*w.stagePlane:], res[at+i*w.rows*area:], b, r0+r)
			}
		}
	}
}

// finishRow copies staged results of channel k of a sample, and does what tiles
// do not do with them.
func (p *plan) finishRow(stage, to []float32, b *block, k int) {
	w := &p.winograd
	lines := min(square*b.rows, w.out[0]-square*b.row)
	to = to[:lines*w.out[1]]
	if w.stagePlane > 0 {
		for y := range lines {
			copy(to[y*w.out[1]:][:w.out[1]], stage[y*square*w.across:])
		}
	}
	if p.pass == forward {
		p.norm.apply(k, to)
		if p.act > gemm.LeakyReLU {
			gemm.Activate(p.act, p.slope, to)
		}
	}
}
