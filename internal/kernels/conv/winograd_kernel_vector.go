//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/gemm/lanes"

const (
	// rawChannels is how many channels of weights are put in order at a time.
	rawChannels = 32
	// rawTaps is the most weights of a kernel.
	rawTaps = 16
)

// weightPlane returns the distance of planes of the weights of h rows.
func (w *winograd) weightPlane(h int) int { return apart(w.terms*h + 16) }

// turnPanel sets dst [phases of the result, squares, sets, channels, rows] to the
// transformed weights of a panel of rows.
func (p *plan) turnPanel(m *workspace, dst []float32, panel int) {
	w := &p.winograd
	h := w.starts[panel+1] - w.starts[panel]
	if !w.flipped {
		for set := range w.allSets() {
			p.turnWeights(m, dst[set*w.channels*h:], panel, set, 0, w.channels)
		}
		return
	}
	for i := range w.phasesOut() {
		phase := w.phaseOf(i/w.side, i%w.side, p.s.PadStart)
		p.turnWeights(m, dst[i*w.squares()*w.weightPlane(h):], panel, phase, 0, w.channels)
	}
}

// turnWeights sets dst [squares, count, rows] to the transformed weights of a
// panel of rows and a phase, for count channels from channel first on.
func (p *plan) turnWeights(m *workspace, dst []float32, panel, phase, first, count int) {
	s, w := &p.s, &p.winograd
	r0, h := w.starts[panel], w.starts[panel+1]-w.starts[panel]
	l, plane := w.lanes(), w.weightPlane(h)
	across := s.Kernel[2]
	if w.step > 1 {
		across = 4
	}
	size := across * across
	tap := uintptr(4 * l)
	t := turnArgs{
		srcRow: uintptr(w.step*across) * tap, srcCol: uintptr(w.step) * tap, srcStep: uintptr(size) * tap,
		dstRow: uintptr(4 * w.window * plane), dstCol: uintptr(4 * plane), dstStep: uintptr(4 * h),
		tmp: address(m.tmp, 0),
	}
	at := phase/w.step*across + phase%w.step // the phase's first weight
	if w.flipped {
		at += (w.taps - 1) * w.step * (across + 1)
		t.srcRow, t.srcCol = -t.srcRow, -t.srcCol
	}
	area := s.taps()
	raw := m.rest[:rawTaps*rawChannels*l]
	for c := first; c < first+count; c += rawChannels {
		t.n = min(rawChannels, first+count-c)
		order := raw
		if area < size {
			order = m.rest[len(raw):]
		}
		if w.flipped {
			p.weaveWeights(order, (c*s.C+r0)*area, h, t.n)
		} else {
			p.interleaveWeights(order, (r0*s.C+c)*area, h, area*t.n)
		}
		if area < size {
			p.spreadWeights(raw, order, t.n)
		}
		t.src, t.dst = address(raw, at*l), address(dst, (c-first)*h)
		w.do(turnWeight, &t)
	}
}

// interleaveWeights sets dst [n, lanes] to n numbers of h rows of weights, that
// begin at first.
func (p *plan) interleaveWeights(dst []float32, first, h, n int) {
	var rows [16]int
	for i := range rows {
		rows[i] = first + min(i, h-1)*p.s.C*p.s.taps()
	}
	if p.winograd.wide {
		lanes.Interleave16(dst, 16, p.w, &rows, n)
	} else {
		lanes.Interleave(dst, 8, p.w, (*[8]int)(rows[:8]), n)
	}
}

// weaveWeights sets dst [n, area, lanes] to the weights of h neighbours of n
// channels of dy, that begin at first: four at a time, of which the last may be
// there before.
func (p *plan) weaveWeights(dst []float32, first, h, n int) {
	w, area := &p.winograd, p.s.taps()
	l := w.lanes()
	var tab [4 * 16]int32
	for i := range area / 4 * l {
		tab[i] = int32(4 * (area*min(i%l, h-1) + i/l*4))
	}
	t := chunkArgs{
		tab: &tab[0], vectors: area / 4, row: address(p.w, first), rowStep: uintptr(4 * area * p.s.C),
		lanes: address(dst, 0), phase: uintptr(4 * l), lanesNext: uintptr(16 * l), lanesStep: uintptr(4 * area * l), rows: n,
	}
	w.weave(&t)
	if area%4 > 0 {
		t.vectors, t.row, t.lanes, t.rows = 1, address(p.w, first+area-4), address(dst, (area-4)*l), n
		w.weave(&t)
	}
}

// spreadWeights sets dst [n, 4, 4, lanes] to the weights src of n smaller kernels,
// with zeros for those that miss.
func (p *plan) spreadWeights(dst, src []float32, n int) {
	l, down, across := p.winograd.lanes(), p.s.Kernel[1], p.s.Kernel[2]
	clear(dst[:rawTaps*n*l])
	for c := range n {
		for y := range down {
			copy(dst[(rawTaps*c+4*y)*l:][:across*l], src[(c*down+y)*across*l:])
		}
	}
}
