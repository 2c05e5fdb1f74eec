package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
)

// sumBytes bounds the transformed gradient of the weights, of which each thread
// has one.
const sumBytes = 2560 << 10

// winogradWeight is the plan of the gradient of a 3×3 convolution's weights by
// the transpose of F(4×4, 3×3),
//
//	dw_kc = Gᵀ [Σ_tiles (A·dy_k·Aᵀ) ⊙ (Bᵀ·x_c·B)] G
//
// where the sums over tiles are 36 products [rows, tiles]·[tiles, channels].
// Here channels are the lanes of vectors.
type winogradWeight struct {
	turns         turns
	across, down  int // tiles of a sample
	samples       int // of a block
	tileRows      int // of a block
	blocks, bands int
	tiles         int    // of a block
	padded        [2]int // channels of x and of dy, whole vectors
	planes        [2]int // from plane to plane of these, transformed
	tabs          [2][]int32
	sums          int // threads that have a sum
	sumPlane      int // from plane to plane of a sum
	lens          [5]int
	workerLen     int
}

// runWinogradWeight plans and computes; false where another way is as fast, or
// the shape another.
func (p *plan) runWinogradWeight() bool {
	s, w := &p.s, &p.winogradWeight
	if !p.transformable() || s.Out[2] < square || s.In[2] < square {
		return false
	}
	w.turns = p.level >= cpu.AVX512
	l := w.turns.lanes()
	up := func(n int) int { return (n + l - 1) / l * l }
	w.padded = [2]int{up(s.C), up(s.K)}
	w.sumPlane = apart(s.K * w.padded[0])
	w.down, w.across = (s.Out[1]+square-1)/square, (s.Out[2]+square-1)/square
	outside := float64(w.down*w.across*square*square) / float64(s.Out[1]*s.Out[2])
	if outside > 2 || 4*squares*w.sumPlane > sumBytes || 4*max(s.C*s.inArea(), s.K*s.outArea()) > math.MaxInt32 {
		return false
	}
	// Blocks whose operands stay in the second-level cache.
	most := max(24, operandBytes/(4*squares*(w.padded[0]+w.padded[1])))
	image := w.down * w.across
	w.samples, w.tileRows = max(1, min(s.N, most/image)), min(w.down, max(1, most/w.across))
	w.blocks, w.bands = (s.N+w.samples-1)/w.samples, (w.down+w.tileRows-1)/w.tileRows
	w.tileRows = (w.down + w.bands - 1) / w.bands
	w.bands = (w.down + w.tileRows - 1) / w.tileRows
	w.tiles = w.samples * w.tileRows * w.across
	w.table(0, s.C, s.inArea(), s.In[2])
	w.table(1, s.K, s.outArea(), s.Out[2])

	units := w.blocks * w.bands
	w.sums = p.pool.Parts(units, max(1, units/p.threads))
	w.planes = [2]int{apart(w.tiles * w.padded[0]), apart(w.tiles * w.padded[1])}
	w.lens = [...]int{
		turnSize, squares * w.planes[0], squares * w.planes[1], squares * w.sumPlane,
		max((square*w.tileRows+2)*(square*w.across+4)*l, 9*l*s.K), // a padded plane; gradients to put in order
	}
	w.workerLen = 0
	for i := range w.lens {
		w.lens[i] = (w.lens[i] + 15) &^ 15
		w.workerLen += w.lens[i]
	}
	defer p.borrow(p.threads * w.workerLen).Release()
	p.loop(stageSums, units)
	p.loop(stageUnturn, w.padded[0]/l)
	return true
}

// table makes the table of an operand: for groups of channels, where each
// channel's row begins, for chunks of four along the row.
func (w *winogradWeight) table(operand, channels, area, width int) {
	l := w.turns.lanes()
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

// sumBench is a worker's memory.
type sumBench struct {
	tmp  []float32
	turn [2][]float32 // [36, tiles, channels] of x and of dy
	sum  []float32    // [36, rows, channels]
	pad  []float32
}

func (p *plan) sumBench(worker int) (m sumBench) {
	w := &p.winogradWeight
	own := p.mem[worker*w.workerLen:]
	for i, part := range []*[]float32{&m.tmp, &m.turn[0], &m.turn[1], &m.sum, &m.pad} {
		n := w.lens[i]
		*part, own = own[:n:n], own[n:]
	}
	return m
}

// sumBlocks sets the worker's sum to that of the blocks lo to hi.
func (p *plan) sumBlocks(worker, lo, hi int) {
	s, w := &p.s, &p.winogradWeight
	m := p.sumBench(worker)
	for u := lo; u < hi; u++ {
		first, row := u/w.bands*w.samples, u%w.bands*w.tileRows
		n, rows := min(w.samples, s.N-first), min(w.tileRows, w.down-row)
		lead := [2]int{s.PadStart[1], s.PadStart[2]}
		p.weave(&m, 0, first, n, row, rows, lead, square*rows+2)
		p.weave(&m, 1, first, n, row, rows, [2]int{}, square*rows)
		products := gemm.Products{
			Count: squares, M: s.K, N: s.C, K: n * rows * w.across,
			A: m.turn[1], LdA: w.padded[1], StrideA: w.planes[1],
			B: m.turn[0], LdB: w.padded[0], StrideB: w.planes[0],
			C: m.sum, LdC: w.padded[0], StrideC: w.sumPlane, Accumulate: u > lo,
		}
		products.Run(p.level)
	}
}

// weave transforms an operand of n samples from sample first on, the given rows
// of tiles, of which each reads count rows from lead before its own on.
func (p *plan) weave(m *sumBench, operand, first, n, row, rows int, lead [2]int, count int) {
	s, w := &p.s, &p.winogradWeight
	data, channels, height, width := p.x, s.C, s.In[1], s.In[2]
	if operand == 1 {
		data, channels, height, width = p.y, s.K, s.Out[1], s.Out[2]
	}
	l := w.turns.lanes()
	padRow := (square*w.across + 4) * l
	top := min(count, max(0, lead[0]-square*row))
	from := square*row - lead[0] + top // in the data
	lines := max(0, min(count-top, height-from))
	clear(m.pad[:count*padRow])
	chunks := width / square
	room := square*w.across + 2 - lead[1] // columns that tiles read
	plane := w.planes[operand]
	for group := range w.padded[operand] / l {
		for i := range n {
			base := (first+i)*channels*height*width + from*width
			c := chunkArgs{
				tab: &w.tabs[operand][group*chunks*l], vectors: min(chunks, (room+square-1)/square),
				row: address(data, base), rowStep: uintptr(4 * width), rows: lines,
				lanes: address(m.pad, top*padRow+lead[1]*l), phase: uintptr(4 * l),
				lanesNext: uintptr(4 * square * l), lanesStep: uintptr(4 * padRow),
			}
			if lines > 0 {
				w.turns.weave(&c)
				if rest := width % square; rest > 0 {
					// The last four columns again, some for the second time.
					c.tab, c.vectors, c.rows = &w.tabs[operand][group*chunks*l], 1, lines
					c.row = address(data, base+width-square)
					c.lanes = address(m.pad, top*padRow+(lead[1]+width-square)*l)
					w.turns.weave(&c)
				}
			}
			for r := range rows {
				t := turnArgs{
					src: address(m.pad, square*r*padRow), srcRow: uintptr(4 * padRow), srcCol: uintptr(4 * l), srcStep: uintptr(4 * square * l),
					dst:    address(m.turn[operand], (i*rows+r)*w.across*w.padded[operand]+group*l),
					dstRow: uintptr(4 * window * plane), dstCol: uintptr(4 * plane), dstStep: uintptr(4 * w.padded[operand]),
					n: w.across, tmp: address(m.tmp, 0),
				}
				if operand == 0 {
					w.turns.input(&t)
				} else {
					w.turns.gradient(&t)
				}
			}
		}
	}
}

// unturn sets the gradients of the groups of channels lo to hi from the sums.
func (p *plan) unturn(worker, lo, hi int) {
	s, w := &p.s, &p.winogradWeight
	l := w.turns.lanes()
	own := p.sumBench(worker)
	for group := lo; group < hi; group++ {
		for part := range w.sums {
			m := p.sumBench(part)
			w.turns.weightGradient(&turnArgs{
				src: address(m.sum, group*l), srcRow: uintptr(4 * window * w.sumPlane), srcCol: uintptr(4 * w.sumPlane), srcStep: uintptr(4 * w.padded[0]),
				dst: address(own.pad, 0), dstRow: uintptr(4 * 3 * l), dstCol: uintptr(4 * l), dstStep: uintptr(4 * 9 * l),
				n: s.K, tmp: address(own.tmp, 0),
			})
			width := min(l, s.C-group*l)
			for k := range s.K {
				to := p.w[(k*s.C+group*l)*9:][:9*width]
				from := own.pad[k*9*l:][:9*l]
				for t := range 9 {
					for c, v := range from[t*l:][:width] {
						if part == 0 {
							to[9*c+t] = v
						} else {
							to[9*c+t] += v
						}
					}
				}
			}
		}
	}
}
