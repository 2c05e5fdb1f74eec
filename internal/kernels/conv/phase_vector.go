//go:build amd64 || arm64

package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// cutRows chooses the strips and sets the field of the operand.
func (p *plan) cutRows() {
	s, w, f := &p.s, &p.walk, &p.f
	unit, halo := 1, (s.Kernel[1]-1)*s.Dilation[1]
	perRow := s.Stride[1] * s.Stride[2] * s.Out[2]
	if p.pass == backwardInput {
		unit, halo = s.Stride[1], halo/s.Stride[1]
		perRow = (s.Out[2] + s.Stride[1] - 1) / s.Stride[1]
	}
	p.cutStrips(w.res[1], unit, 4*f.lanes*w.channels*perRow, halo)
	if p.pass == forward {
		s.operand(f, p.strip)
	} else {
		p.backwardField()
	}
}

// forwardPhases sets the one phase of the forward pass.
func (p *plan) forwardPhases(rows int) {
	s, w := &p.s, &p.walk
	w.taps = w.taps[:0]
	for t := range s.taps() {
		w.taps = append(w.taps, int32(t))
	}
	n := s.Out
	n[1] = rows
	w.phases = append(w.phases, phase{step: [3]int{1, 1, 1}, n: n, taps: s.taps()})
	w.empty = false
}

// operand sets the field of x for walks over the places of y, or a strip of
// its rows.
func (s *Shape) operand(f *field, rows int) {
	f.in, f.lead, f.stride = s.In, s.PadStart, s.Stride
	out := s.Out
	out[1] = rows
	for a := range f.size {
		f.size[a] = out[a] + (s.Kernel[a]-1)*s.Dilation[a]/s.Stride[a]
		f.use(a, s.Kernel[a], s.Dilation[a])
	}
}

// tapAt returns tap t's position in the kernel.
func (s *Shape) tapAt(t int) [3]int {
	return [3]int{t / (s.Kernel[1] * s.Kernel[2]), t / s.Kernel[2] % s.Kernel[1], t % s.Kernel[2]}
}

// backwardField sets the field of dy for the gradient of the input, or a
// strip of its rows.
func (p *plan) backwardField() {
	s, f := p.s, &p.f
	s.In[1] = p.strip
	f.in, f.stride = s.Out, [3]int{1, 1, 1}
	for a := range f.size {
		f.lead[a], f.size[a] = 0, 1
		f.use(a, 1, 1)
		for t := range s.Kernel[a] {
			d := t * s.Dilation[a]
			if first, last := s.quotients(a, d%s.Stride[a]); first <= last {
				f.lead[a] = max(f.lead[a], d/s.Stride[a]-first)
			}
		}
		_, last := s.quotients(a, 0)
		f.size[a] = f.lead[a] + last + 1
	}
}

// backwardPhases sets the phases of the gradient of the input: places i with
// (i + padStart) mod stride = r get the taps with t·dilation mod stride = r,
// from dy at (i + padStart − t·dilation)/stride.
func (p *plan) backwardPhases(rows int) {
	s, w := p.s, &p.walk
	s.In[1] = rows
	w.taps, w.empty = w.taps[:0], false
	for z := range s.Stride[0] {
		for y := range s.Stride[1] {
			for x := range s.Stride[2] {
				w.backwardPhase(&s, [3]int{z, y, x})
			}
		}
	}
}

// quotients returns the range of (i + padStart) div stride for the inputs i
// whose remainder is r; it may be empty.
func (s *Shape) quotients(a, r int) (first, last int) {
	first = max(0, (s.PadStart[a]-r+s.Stride[a]-1)/s.Stride[a])
	end := s.In[a] - 1 + s.PadStart[a] - r
	if end < 0 {
		return first, first - 1
	}
	return first, end / s.Stride[a]
}

func (w *walk) backwardPhase(s *Shape, r [3]int) {
	ph := phase{step: s.Stride, tap: len(w.taps)}
	for a := range r {
		first, last := s.quotients(a, r[a])
		ph.n[a] = last - first + 1
		ph.first[a] = first*s.Stride[a] + r[a] - s.PadStart[a]
	}
	for t := range s.taps() {
		at, mine := s.tapAt(t), true
		for a := range at {
			mine = mine && at[a]*s.Dilation[a]%s.Stride[a] == r[a]
		}
		if mine {
			w.taps = append(w.taps, int32(t))
		}
	}
	ph.taps = len(w.taps) - ph.tap
	w.empty = w.empty || ph.taps == 0 && ph.area() > 0
	w.phases = append(w.phases, ph)
}

// window returns the bytes of a plane of the operand that a row of the result
// reads besides those that the row before has read.
func (p *plan) window() int {
	f := &p.f
	rows := (p.s.Kernel[1]-1)*p.s.Dilation[1]/p.s.Stride[1] + 1
	return 4 * rows * f.phases[1] * f.phases[2] * f.size[2] * f.lanes
}

// split divides the rows of the result into tiles and the channels of the
// operand into parts. window is the bytes of a channel that should stay in
// the second-level cache.
func (w *walk) split(g *tiling, taps, window int) {
	w.starts = append(w.starts[:0], 0)
	for r := 0; r < w.rows; {
		r += g.height(w.rows - r)
		w.starts = append(w.starts, r)
	}
	w.parts = 1
	if terms := w.channels * taps; terms > maxTerms*3/2 {
		w.parts = min(w.channels, (terms+maxTerms-1)/maxTerms)
	}
	if need := w.channels * window; need > bandBytes && w.channels*taps >= 2*minTerms {
		w.parts = max(w.parts, min((need+bandBytes-1)/bandBytes, w.channels*taps/minTerms))
	}
	w.depth = (w.channels + w.parts - 1) / w.parts
	w.parts = (w.channels + w.depth - 1) / w.depth
}

// tables makes the offsets of the terms and the segments of each phase; false
// where an offset does not fit.
func (p *plan) tables() bool {
	s, w, f := &p.s, &p.walk, &p.f
	plane := f.plane()
	if (w.depth*plane+f.lanes*8)*4 > math.MaxInt32 {
		return false
	}
	w.whole = w.empty || w.kinds > 1
	w.staged = f.lanes > 1 || w.whole
	w.tab, w.segs, w.stageRow = w.tab[:0], w.segs[:0], 0
	next := 0
	for i := range w.phases {
		ph := &w.phases[i]
		if i == w.kinds {
			w.stageRow, next = next, 0
		}
		ph.tab, ph.seg, ph.out = len(w.tab), len(w.segs), next
		if i >= w.kinds {
			ph.tab = w.phases[i-w.kinds].tab
		}
		for c := 0; c < w.depth && i < w.kinds; c++ {
			for _, t := range w.taps[ph.tap:][:ph.taps] {
				w.tab = append(w.tab, int32(4*(c*plane+p.offset(ph, s.tapAt(int(t))))))
			}
		}
		switch {
		case ph.area() == 0:
		case f.lanes > 1:
			p.sampleSegments(ph)
		default:
			p.rowSegments(ph)
		}
		for (len(w.segs)-ph.seg)%w.group > 0 {
			last := w.segs[len(w.segs)-1]
			last.mask = &maskTable[8]
			w.segs = append(w.segs, last)
		}
		ph.segs = len(w.segs) - ph.seg
		next += ph.area()
	}
	if f.lanes > 1 {
		w.stageRow *= 8
	}
	return true
}

// area returns the places of a phase, 0 where a range is empty.
func (ph *phase) area() int {
	return max(ph.n[0], 0) * max(ph.n[1], 0) * max(ph.n[2], 0)
}

// offset returns where in the field tap t's operand of a phase's first place
// is.
func (p *plan) offset(ph *phase, t [3]int) int {
	s, f := &p.s, &p.f
	var place, pos [3]int
	for a := range t {
		d := t[a] * s.Dilation[a]
		if p.pass == backwardInput {
			pos[a] = f.lead[a] + (ph.first[a]+s.PadStart[a]-d)/s.Stride[a]
		} else {
			place[a], pos[a] = int(f.slots[a][d%s.Stride[a]]), d/s.Stride[a]
		}
	}
	return f.at(place, pos)
}

// sampleSegments lists the places of a phase, each a segment of eight samples.
func (p *plan) sampleSegments(ph *phase) {
	w, f := &p.walk, &p.f
	for z := range ph.n[0] {
		for y := range ph.n[1] {
			in := f.at([3]int{}, [3]int{z, y, 0})
			out := ((ph.first[0]+z*ph.step[0])*w.res[1]+ph.first[1]+y*ph.step[1])*w.res[2] + ph.first[2]
			for x := range ph.n[2] {
				w.segs = append(w.segs, segment{in: 4 * (in + 8*x), out: 32 * (out + x*ph.step[2]), mask: &maskTable[0]})
			}
		}
	}
}

// rowSegments cuts the rows of a phase into segments of eight places.
func (p *plan) rowSegments(ph *phase) {
	w, f := &p.walk, &p.f
	pitch := w.res[2]
	if w.staged {
		pitch = ph.n[2]
	}
	for z := range ph.n[0] {
		for y := range ph.n[1] {
			in := f.at([3]int{}, [3]int{z, y, 0})
			out := z*w.deep + y*pitch
			if w.staged {
				out = (z*ph.n[1]+y)*pitch + ph.out
			}
			for x := 0; x < ph.n[2]; x += 8 {
				mask := &maskTable[8-min(8, ph.n[2]-x)]
				w.segs = append(w.segs, segment{in: 4 * (in + x), out: 4 * (out + x), mask: mask})
			}
		}
	}
}

// cut divides the result of an item into bands of places and groups of rows,
// and sizes the buffers.
func (p *plan) cut() {
	s, w, f := &p.s, &p.walk, &p.f
	tiles := len(w.starts) - 1
	tall, all := p.tiling().rows, w.phases[0].segs/w.group
	w.bands, w.count = 1, all
	if !w.whole {
		fresh := max(bandBytes-w.depth*p.window(), bandBytes/4)
		w.count = min(w.count, max(16/w.group, fresh/(w.depth*32*w.group)))
		w.bands = (all + w.count - 1) / w.count
		if shared := !p.byItems(); shared && w.bands%p.threads != 0 && all >= 4*p.threads {
			w.bands += p.threads - w.bands%p.threads
		}
		w.count = (all + w.bands - 1) / w.bands
		w.bands = (all + w.count - 1) / w.count
		if f.lanes > 1 {
			w.stageRow = 8 * w.group * w.count
		}
	}
	w.groups = 1
	if w.staged {
		w.groups = min(tiles, max(1, (4*w.rows*w.stageRow+bandBytes-1)/bandBytes))
	}
	if !p.byItems() && w.bands*w.groups%p.threads != 0 {
		w.groups = min(tiles, w.groups*p.threads)
	}
	w.perGroup = (tiles + w.groups - 1) / w.groups
	w.groups = (tiles + w.perGroup - 1) / w.perGroup

	w.sources = 1
	if p.byItems() {
		w.sources = p.threads
	}
	w.sourceLen = w.channels*f.plane() + slack
	w.sourceLen = scratch.Round(4*w.sourceLen) / 4
	w.stageLen = 0
	if w.staged {
		w.stageLen = scratch.Round(4*(tall*w.perGroup*w.stageRow+slack)) / 4
	}
	w.tmpLen = 0
	if f.lanes > 1 && f.stride[2] > 1 {
		w.tmpLen = scratch.Round(32*f.in[2]+32) / 4
	}
	w.weightLen, w.panelLen = 0, 0
	for i := range w.kinds {
		ph := &w.phases[i]
		ph.weight, ph.panel = w.weightLen, tall*w.depth*ph.taps+panelSlack
		w.weightLen += s.Groups * w.parts * tiles * ph.panel
		w.panelLen = max(w.panelLen, scratch.Round(4*ph.panel)/4)
	}
	// Weights that no cache holds are read once only, if there is enough to do
	// with each.
	if w.late = 4*w.weightLen > lateBytes && w.count >= lateGroups; w.late {
		w.weightLen = p.threads * lateTiles * w.panelLen
	}
	w.weightLen = scratch.Round(4*w.weightLen) / 4
}
