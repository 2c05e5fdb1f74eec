//go:build amd64 || arm64

package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
)

const (
	// sumBytes bounds the transformed gradient of which each thread has its own.
	sumBytes = 3400 << 10
	// allBytes bounds the transformed operands that all threads share otherwise;
	// where these are several blocks, partBytes bounds one and sharedSumBytes
	// their sum.
	allBytes       = 7 << 20
	partBytes      = 4 << 20
	sharedSumBytes = 12 << 20
	// sumRows is the rows of the gradient that a thread then sums at a time; at
	// most sumPlanes of dy and sumChannels of x are in hand.
	sumRows     = 32
	sumPlanes   = 256
	sumChannels = 128
)

// winogradWeight is the plan of the gradient of a convolution's weights by the
// transpose of Winograd's algorithm,
//
//	dw_kc = Gᵀ [Σ_tiles (A·dy_k·Aᵀ) ⊙ (Bᵀ·x_c·B)] G
//
// where the sums over tiles are products [rows, tiles]·[tiles, channels], one for
// each number of a square. Here channels are the lanes of vectors; those of all
// phases, one phase after the other, are the columns. Each thread sums over some
// of the blocks or, if it is divided, some of the rows over all blocks, for a part
// of dy and of x after the other.
type winogradWeight struct {
	scheme
	across, down  int // tiles of a sample
	samples       int // of a block
	tileRows      int // of a block
	blocks, bands int
	tiles         int    // of a block
	padded        [2]int // channels of x and of dy, whole vectors
	planes        [2]int // from plane to plane of these, transformed
	tabs          [2][]int32
	divided       bool
	sums          int    // threads that have a sum
	rows          int    // of a sum
	part          [2]int // channels of x and of dy in hand
	pitch         [2]int // numbers of these and all phases
	first         [2]int // of them
	sumRow        int    // from row to row of a sum
	sumPlane      int    // from plane to plane of it
	sharedLen     int
	lens          [5]int
	workerLen     int
}

// runWinogradWeight plans and computes; false where another way is as fast, or
// the shape another.
func (p *plan) runWinogradWeight() (ok bool) {
	s, w := &p.s, &p.winogradWeight
	if w.scheme, ok = schemeOf(s, p.level); !ok || s.Out[2] < square || s.In[2] < square {
		return false
	}
	l, squares := w.lanes(), w.squares()
	up := func(n int) int { return (n + l - 1) / l * l }
	w.padded = [2]int{up(s.C), up(s.K)}
	w.down, w.across = (s.Out[1]+square-1)/square, (s.Out[2]+square-1)/square
	outside := float64(w.down*w.across*square*square) / float64(s.Out[1]*s.Out[2])
	if outside > 2 || 4*max(s.C*s.inArea(), s.K*s.outArea()) > math.MaxInt32 || !p.cutWinogradWeight() {
		return false
	}
	w.table(0, s.C, s.inArea(), s.In[2])
	w.table(1, s.K, s.outArea(), s.Out[2])
	w.lens = [...]int{
		turnSize, squares * w.planes[0], squares * w.planes[1], squares * w.sumPlane,
		max((square*w.step*(w.tileRows-1)+w.reach())*(square*w.step*w.across+4), w.taps*w.taps*w.rows) * l, // a padded plane; gradients to put in order
	}
	w.sharedLen = 0
	if w.divided {
		w.sharedLen = squares * (w.planes[0] + w.planes[1])
		w.lens[1], w.lens[2] = 0, 0
		if w.blocks*w.bands > 1 {
			w.sharedLen += squares * w.sumPlane * p.sumPanels()
			w.lens[3] = 0
		}
	}
	w.workerLen = align(w.lens[:])
	defer p.borrow(w.sharedLen + p.threads*w.workerLen).Release()

	if !w.divided {
		p.loop(stageSums, w.blocks*w.bands)
		p.loop(stageUnturn, w.padded[0]/l)
		return true
	}
	for p.item = range w.blocks * w.bands {
		for w.first[1] = 0; w.first[1] < w.padded[1]; w.first[1] += w.part[1] {
			n := w.inHand(1)
			p.loop(stageWeaveRows, n/l)
			for w.first[0] = 0; w.first[0] < w.padded[0]; w.first[0] += w.part[0] {
				p.loop(stageWeave, w.inHand(0)/l)
				p.loop(stageRows, (min(n, s.K-w.first[1])+w.rows-1)/w.rows)
			}
		}
	}
	return true
}

// inHand returns how many channels of an operand are in hand.
func (w *winogradWeight) inHand(operand int) int {
	return min(w.part[operand], w.padded[operand]-w.first[operand])
}

// cutWinogradWeight chooses the blocks; false where the sums are too large.
func (p *plan) cutWinogradWeight() bool {
	s, w := &p.s, &p.winogradWeight
	image, columns := w.down*w.across, w.phases()*w.padded[0]
	cut := func(most int) {
		w.samples, w.tileRows = max(1, min(s.N, most/image)), min(w.down, max(1, most/w.across))
		w.blocks, w.bands = (s.N+w.samples-1)/w.samples, (w.down+w.tileRows-1)/w.tileRows
		w.tileRows = (w.down + w.bands - 1) / w.bands
		w.bands = (w.down + w.tileRows - 1) / w.tileRows
		w.tiles = w.samples * w.tileRows * w.across
	}
	w.divided = 4*w.squares()*s.K*columns > sumBytes
	w.rows = s.K
	w.first, w.part, w.sumRow = [2]int{}, w.padded, columns
	if w.divided {
		w.part = [2]int{min(w.part[0], max(w.lanes(), sumChannels/w.phases())), min(w.part[1], sumPlanes)}
		w.rows = sumRows
	}
	w.pitch = [2]int{w.phases() * w.part[0], w.part[1]}
	perTile := 4 * w.squares() * (w.pitch[0] + w.pitch[1])
	if w.divided {
		cut(allBytes / perTile)
		several := w.blocks*w.bands > 1
		if several {
			cut(partBytes / perTile)
		}
		if w.tiles < 32 || w.tiles*perTile > allBytes || several && 4*w.squares()*s.K*columns > sharedSumBytes {
			return false
		}
		if !several {
			w.sumRow = w.pitch[0]
		}
	} else {
		// Blocks whose operands stay in the second-level cache.
		cut(max(24, operandBytes/perTile))
		units := w.blocks * w.bands
		w.sums = p.pool.Parts(units, max(1, units/p.threads))
	}
	w.sumPlane = apart(w.rows * w.sumRow)
	w.planes = [2]int{apart(w.tiles * w.pitch[0]), apart(w.tiles * w.pitch[1])}
	return true
}

// sumPanels returns the parts of the rows of a divided sum.
func (p *plan) sumPanels() int { return (p.s.K + p.winogradWeight.rows - 1) / p.winogradWeight.rows }

// table makes the table of an operand: for groups of channels, where each
// channel's row begins, for chunks of four along the row.
func (w *winogradWeight) table(operand, channels, area, width int) {
	l := w.lanes()
	tab := w.tabs[operand][:0]
	for group := 0; group < w.padded[operand]; group += l {
		for chunk := range width / square {
			for lane := range l {
				tab = append(tab, int32(4*(min(group+lane, channels-1)*area+square*chunk)))
			}
		}
	}
	w.tabs[operand] = tab
}

// sumspace is a worker's memory.
type sumspace struct {
	tmp  []float32
	turn [2][]float32 // [36, tiles, channels] of x and of dy
	sum  []float32    // [36, rows, channels]
	pad  []float32
}

func (p *plan) sumspace(worker int) (m sumspace) {
	w := &p.winogradWeight
	own := p.mem[w.sharedLen+worker*w.workerLen:]
	for i, part := range []*[]float32{&m.tmp, &m.turn[0], &m.turn[1], &m.sum, &m.pad} {
		n := w.lens[i]
		*part, own = own[:n:n], own[n:]
	}
	if w.divided {
		m.turn[0] = p.mem[:w.squares()*w.planes[0]]
		m.turn[1] = p.mem[len(m.turn[0]):][:w.squares()*w.planes[1]]
	}
	return m
}

// sumRange does the units lo to hi of a stage.
func (p *plan) sumRange(worker, lo, hi int) {
	w := &p.winogradWeight
	m := p.sumspace(worker)
	l := w.lanes()
	groups := w.padded[0] / l
	for u := lo; u < hi; u++ {
		switch p.stage {
		case stageSums:
			for group := range groups {
				p.weave(&m, u, 0, group, group == 0)
			}
			for group := range w.padded[1] / l {
				p.weave(&m, u, 1, group, group == 0)
			}
			p.addProducts(&m, u, m.sum, 0, p.s.K, u > lo)
		case stageUnturn:
			for part := range w.sums {
				p.unturn(&m, p.sumspace(part).sum, 0, p.s.K, u, part > 0)
			}
		case stageWeaveRows:
			p.weave(&m, p.item, 1, w.first[1]/l+u, u == lo)
		case stageWeave:
			p.weave(&m, p.item, 0, w.first[0]/l+u, u == lo)
		case stageRows:
			k := w.first[1] + u*w.rows
			n := min(w.rows, p.s.K-k, w.first[1]+w.part[1]-k)
			units, sum := w.blocks*w.bands, m.sum
			if units > 1 {
				squares := w.squares()
				sum = p.mem[squares*(w.planes[0]+w.planes[1]+k/w.rows*w.sumPlane):][w.phases()*w.first[0] : squares*w.sumPlane]
			}
			p.addProducts(&m, p.item, sum, k, n, p.item > 0)
			for group := w.first[0] / l; group < (w.first[0]+w.inHand(0))/l && p.item == units-1; group++ {
				p.unturn(&m, sum, k, n, group, false)
			}
		}
	}
}

// sumBlock returns the first sample, how many, and the first row of tiles and
// how many of a block.
func (p *plan) sumBlock(u int) (first, n, row, rows int) {
	w := &p.winogradWeight
	first, row = u/w.bands*w.samples, u%w.bands*w.tileRows
	return first, min(w.samples, p.s.N-first), row, min(w.tileRows, w.down-row)
}

// addProducts sets sum [36, n, channels] to the products for n rows from row k
// on of a block, or adds them to it.
func (p *plan) addProducts(m *sumspace, u int, sum []float32, k, n int, add bool) {
	s, w := &p.s, &p.winogradWeight
	_, samples, _, rows := p.sumBlock(u)
	columns := w.phases() * w.inHand(0)
	if w.step == 1 {
		columns = min(columns, s.C-w.first[0])
	}
	products := gemm.Products{
		Count: w.squares(), M: n, N: columns, K: samples * rows * w.across,
		A: m.turn[1][k-w.first[1]:], LdA: w.pitch[1], StrideA: w.planes[1],
		B: m.turn[0], LdB: w.pitch[0], StrideB: w.planes[0],
		C: sum, LdC: w.sumRow, StrideC: w.sumPlane, Accumulate: add,
	}
	products.Run(p.level)
}

// weave transforms a group of channels of a block of an operand: x or, if it is
// 1, dy. Only the first group of a block finds padding that is not zero yet.
func (p *plan) weave(m *sumspace, u, operand, group int, fresh bool) {
	s, w := &p.s, &p.winogradWeight
	first, n, row, rows := p.sumBlock(u)
	l := w.lanes()
	data, channels, height, width := p.x, s.C, s.In[1], s.In[2]
	lead, count := [2]int{s.PadStart[1], s.PadStart[2]}, square*w.step*(rows-1)+w.reach()
	zoom, phases, turn := w.step, w.phases(), turnInput
	if operand == 1 {
		data, channels, height, width = p.y, s.K, s.Out[1], s.Out[2]
		lead, count = [2]int{}, square*rows
		zoom, phases, turn = 1, 1, turnGradient
	}
	padRow := (square*zoom*w.across + 4) * l
	top := min(count, max(0, lead[0]-square*zoom*row))
	from := square*zoom*row - lead[0] + top // in the data
	lines := max(0, min(count-top, height-from))
	if fresh {
		clear(m.pad[:count*padRow])
	}
	tab := &w.tabs[operand][group*(width/square)*l]
	room := square*zoom*w.across + 4 - lead[1] // columns there
	plane, pitch := w.planes[operand], w.pitch[operand]
	for i := range n {
		base := (first+i)*channels*height*width + from*width
		if lines > 0 {
			chunks := chunkArgs{
				tab: tab, vectors: min(width, room) / square, row: address(data, base), rowStep: uintptr(4 * width), rows: lines,
				lanes: address(m.pad, top*padRow+lead[1]*l), phase: uintptr(4 * l),
				lanesNext: uintptr(4 * square * l), lanesStep: uintptr(4 * padRow),
			}
			w.scheme.weave(&chunks)
			if last := min(width, room); last%square > 0 {
				// The last four columns again, some for the second time.
				chunks.vectors, chunks.rows = 1, lines
				chunks.row = address(data, base+last-square)
				chunks.lanes = address(m.pad, top*padRow+(lead[1]+last-square)*l)
				w.scheme.weave(&chunks)
			}
		}
		for r := range rows {
			for phase := range phases {
				down, right := phase/w.step, phase%w.step
				tile := (i*rows + r) * w.across
				w.do(turn, &turnArgs{
					src:    address(m.pad, (square*zoom*r+down)*padRow+right*l),
					srcRow: uintptr(4 * zoom * padRow), srcCol: uintptr(4 * zoom * l), srcStep: uintptr(4 * square * zoom * l),
					dst:    address(m.turn[operand], tile*pitch+phase*w.inHand(operand)+group*l-w.first[operand]),
					dstRow: uintptr(4 * w.window * plane), dstCol: uintptr(4 * plane), dstStep: uintptr(4 * pitch),
					n: w.across, tmp: address(m.tmp, 0),
				})
			}
		}
	}
}

// unturn sets the gradients of n rows from row k on, of a group of channels, from
// their sum, or adds to them.
func (p *plan) unturn(m *sumspace, sum []float32, k, n, group int, add bool) {
	s, w := &p.s, &p.winogradWeight
	l, size := w.lanes(), w.taps*w.taps
	width, area := min(l, s.C-group*l), s.taps()
	for phase := range w.phases() {
		down, right := phase/w.step, phase%w.step
		w.do(turnWeightGradient, &turnArgs{
			src:    address(sum, phase*w.inHand(0)+group*l-w.first[0]),
			srcRow: uintptr(4 * w.window * w.sumPlane), srcCol: uintptr(4 * w.sumPlane), srcStep: uintptr(4 * w.sumRow),
			dst: address(m.pad, 0), dstRow: uintptr(4 * w.taps * l), dstCol: uintptr(4 * l), dstStep: uintptr(4 * size * l),
			n: n, tmp: address(m.tmp, 0),
		})
		for t := range size {
			y, x := t/w.taps*w.step+down, t%w.taps*w.step+right
			if y >= s.Kernel[1] || x >= s.Kernel[2] {
				continue // smaller kernels have fewer weights of some phases
			}
			for i := range n {
				to := p.w[((k+i)*s.C+group*l)*area+y*s.Kernel[2]+x:]
				for c, v := range m.pad[(i*size+t)*l:][:width] {
					if add {
						to[area*c] += v
					} else {
						to[area*c] = v
					}
				}
			}
		}
	}
}
