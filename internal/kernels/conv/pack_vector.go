//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/gemm/lanes"

// packPanel copies the weights of one tile of rows and part of the channels,
// of one group, for every phase.
func (p *plan) packPanel(unit int) {
	w := &p.walk
	for i := range w.kinds {
		ph := &w.phases[i]
		p.pack(p.mem[ph.weight+unit*ph.panel:][:ph.panel], ph, unit)
	}
}

// packSome packs n units into panels of a worker.
func (p *plan) packSome(own []float32, ph *phase, unit, n int) {
	w := &p.walk
	if p.pass == forward {
		for i := range n {
			p.pack(own[i*w.panelLen:][:w.panelLen], ph, unit+i)
		}
		return
	}
	// A channel of dy at a time: its weights for all rows lie together.
	s := &p.s
	tiles := len(w.starts) - 1
	tile, part, g := unit%tiles, unit/tiles%w.parts, unit/tiles/w.parts
	for c := part * w.depth; c < min((part+1)*w.depth, w.channels); c++ {
		at := (c - part*w.depth) * ph.taps
		for i := range n {
			r := w.starts[tile+i]
			h := w.starts[tile+i+1] - r
			p.packTaps(own[i*w.panelLen+at*h:][:w.panelLen-at*h], ph, h, ((g*s.kg()+c)*s.cg()+r)*s.taps())
		}
	}
}

// pack copies the weights of a unit and phase: [channel][tap][row].
func (p *plan) pack(dst []float32, ph *phase, unit int) {
	s, w := &p.s, &p.walk
	tiles := len(w.starts) - 1
	tile, part, g := unit%tiles, unit/tiles%w.parts, unit/tiles/w.parts
	r0, h := w.starts[tile], w.starts[tile+1]-w.starts[tile]
	c0 := part * w.depth
	c1 := min(c0+w.depth, w.channels)
	taps, cg, kg := s.taps(), s.cg(), s.kg()
	if p.pass == forward {
		interleave(dst, h, p.w, ((g*kg+r0)*cg+c0)*taps, cg*taps, (c1-c0)*taps)
		return
	}
	for c := c0; c < c1; c++ {
		p.packTaps(dst[(c-c0)*ph.taps*h:], ph, h, ((g*kg+c)*cg+r0)*taps)
	}
}

// packTaps copies a phase's taps of h rows, the first at first: [tap][row].
func (p *plan) packTaps(dst []float32, ph *phase, h, first int) {
	taps := p.s.taps()
	if ph.taps == taps {
		interleave(dst, h, p.w, first, taps, taps)
		return
	}
	for _, t := range p.walk.taps[ph.tap:][:ph.taps] {
		for x := range h {
			dst[x] = p.w[first+x*taps+int(t)]
		}
		dst = dst[h:]
	}
}

// interleave sets dst[i·h + r] = src[first + r·step + i] for i < n and r < h,
// and writes up to eight numbers more.
func interleave(dst []float32, h int, src []float32, first, step, n int) {
	var rows [16]int
	for x := range rows {
		rows[x] = first + min(x, h-1)*step
	}
	if h > 8 {
		lanes.Interleave16(dst, h, src, &rows, n)
	} else {
		lanes.Interleave(dst, h, src, (*[8]int)(rows[:8]), n)
	}
}
