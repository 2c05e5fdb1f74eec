//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/gemm"

// multiply computes a panel of rows of a block. weight holds the panel's or, if
// shared, takes them.
func (p *plan) multiply(m *workspace, weight []float32, b *block, panel int) {
	w := &p.winograd
	for down := range w.side {
		for right := range w.side {
			p.products(m, m.product[right*w.productLen:], weight, b, panel, down, right)
		}
		p.results(m, b, panel, down)
	}
}

// products sets dst [squares, rows, tiles] to the products of a panel of rows, of
// a phase of the result.
func (p *plan) products(m *workspace, dst, weight []float32, b *block, panel, down, right int) {
	w := &p.winograd
	h := w.starts[panel+1] - w.starts[panel]
	plane := w.weightPlane(h)
	first, last, of := 0, w.allSets(), 0 // sets; the phase of the weights
	if w.flipped {
		first = w.shift[0][down]*w.sets[1] + w.shift[1][right]
		last, of = first+1, w.phaseOf(down, right, p.s.PadStart)
		if !w.shared {
			weight = weight[(down*w.side+right)*w.squares()*plane:]
		}
	}
	for set := first; set < last; set++ {
		for c := 0; c < w.channels; c += sumTerms {
			n := min(sumTerms, w.channels-c)
			a := weight
			if w.shared {
				p.turnWeights(m, weight, panel, set-first+of, c, n)
			} else {
				a = weight[((set-first)*w.channels+c)*h:]
			}
			products := gemm.Products{
				Count: w.squares(), M: h, N: b.tiles, K: n,
				A: a, LdA: h, StrideA: plane,
				B: m.operand[(set*w.channels+c)*w.pitch:], StrideB: w.operandPlane, LdB: w.pitch,
				C: dst, StrideC: apart(h * w.pitch), LdC: w.pitch, Accumulate: set-first+c > 0,
			}
			products.Run(p.level)
		}
	}
}

// results transforms the products of a panel to results; with phases, to the
// rows of the phase down.
func (p *plan) results(m *workspace, b *block, panel, down int) {
	w := &p.winograd
	r0, h := w.starts[panel], w.starts[panel+1]-w.starts[panel]
	plane := apart(h * w.pitch)
	res, flags := p.y, activation(p.act)
	if w.flipped {
		res, flags = p.x, 0
	}
	side, l, line, area := w.side, w.lanes(), uintptr(4*w.pitch), w.out[0]*w.out[1]
	t := turnArgs{
		srcRow: uintptr(4 * w.window * plane), srcCol: uintptr(4 * plane), srcStep: uintptr(4 * l),
		dstRow: uintptr(square*side) * line, dstCol: uintptr(side) * line, dstStep: uintptr(4 * l),
		tmp: address(m.tmp, 0), flags: flags, slope: p.slope,
	}
	j := chunkArgs{vectors: b.vectors, phase: line, lanesNext: uintptr(4 * l), lanesStep: uintptr(square*side) * line, rowStep: uintptr(4 * side * w.out[1])}
	if w.stagePlane > 0 {
		j.rowStep = uintptr(4 * side * w.stageRow)
	}
	for r := range h {
		if p.bias != nil && !w.flipped {
			t.bias = p.bias[r0+r]
		}
		for right := range side {
			t.src, t.dst, t.n = address(m.product, right*w.productLen+r*w.pitch), address(m.lanes, right*w.pitch), b.vectors
			w.do(turnOutput, &t)
		}
		at := (b.first*w.rows + r0 + r) * area
		for part := range side {
			j.tab, j.rows = &w.tabOut[b.kind*w.pitch], square
			j.lanes = address(m.lanes, part*square*w.pitch)
			if w.stagePlane > 0 {
				j.row = address(m.rest, down*w.stageRow+part*square)
			} else {
				j.row = address(res, at+(square*side*b.row+down)*w.out[1]+part*square)
			}
			w.join(&j, w.quads && side == 1)
		}
		if w.stagePlane > 0 || p.norm.Mean != nil || flags == 0 && p.act != gemm.Identity && !w.flipped {
			for i := range b.n {
				p.finishRow(m.rest[i*w.stagePlane:], res[at+i*w.rows*area:][:area], b, r0+r, down)
			}
		}
	}
}

// finishRow copies staged results of channel k of a sample to its plane, of the
// rows of a phase, and does what tiles do not do with them.
func (p *plan) finishRow(stage, plane []float32, b *block, k, down int) {
	w := &p.winograd
	first := square * w.side * b.row
	lines := min(square*w.side*b.rows, w.out[0]-first)
	to := plane[first*w.out[1]:][:lines*w.out[1]]
	for y := down; y < lines && w.stagePlane > 0; y += w.side {
		copy(to[y*w.out[1]:][:w.out[1]], stage[y*w.stageRow:])
	}
	if p.pass == forward {
		p.norm.apply(k, to)
		if p.act > gemm.LeakyReLU {
			gemm.Activate(p.act, p.slope, to)
		}
	}
}
