//go:build amd64 || arm64

package conv

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/lanes"
)

const (
	// maxTerms bounds the products that a tile sums at a time, so that its
	// weights stay in the first-level cache.
	maxTerms = 512
	// minTerms is what it should sum at least.
	minTerms = 192
	// bandBytes bounds the part of the operand that is read again for each
	// tile of planes, so that it stays in the second-level cache.
	bandBytes = 256 << 10
	// lateBytes is the size from which on weights may be packed where they are
	// used, lateGroups the groups of segments that repay it.
	lateBytes  = 2 << 20
	lateGroups = 5
	// lateTiles is how many tiles' weights are packed at a time.
	lateTiles = 8
	// panelSlack is the numbers behind a panel that packing writes.
	panelSlack = 8
)

// walk is the plan of a pass whose result is an image: the forward pass and
// the gradient of the input. Both compute
//
//	result[row, place] = Σ_{c, t} weight[row, c, t] · operand[c, place + offset(t)]
//
// for each phase of the result. The forward pass has one phase and the
// operand x; the gradient has stride³ phases and the operand dy.
type walk struct {
	channels, rows int     // of one group: of the operand, of the result
	res            [3]int  // the result's size
	area, deep     int     // numbers from plane to plane, from depth to depth of the result
	phases         []phase // twice: of a strip, of the last strip
	kinds          int     // phases
	taps           []int32
	tab            []int32
	segs           []segment
	empty          bool // some phase has no taps
	late           bool // weights are packed where they are used

	starts []int // of the tiles of rows, and the end
	depth  int   // channels summed at a time
	parts  int   // of the channels

	whole     bool // the result is not cut into bands: it has several phases
	staged    bool // it goes through a buffer
	stageRow  int  // numbers of one row there
	bands     int  // of the result's places
	group     int  // segments that a tile takes at a time
	count     int  // of groups of segments in a band
	groups    int  // of tiles of rows
	perGroup  int  // tiles
	sources   int  // copies of an item's operand
	sourceLen int
	stageLen  int
	tmpLen    int
	weightLen int
	panelLen  int // of a worker's own panel
}

// phase is the places of the result at first + step·position.
type phase struct {
	first, step, n [3]int
	tap, taps      int // in the list of taps
	tab            int
	seg, segs      int
	out            int // in a staged row
	weight         int // its panels
	panel          int // numbers of a panel
}

// runWalk plans and computes; false where the sizes exceed the tables.
func (p *plan) runWalk() bool {
	s, w := &p.s, &p.walk
	n := s.N
	p.merged = p.mergeable()
	if p.merged {
		s.N, s.In[0], s.Out[0] = 1, n, n
	}
	if p.pass == forward {
		w.channels, w.rows, w.res = s.cg(), s.kg(), s.Out
		p.f.in = s.In
	} else {
		w.channels, w.rows, w.res = s.kg(), s.cg(), s.In
		p.f.in = s.Out
	}
	p.measure(n)
	strided := s.Stride[2] > 1
	terms := w.channels * s.taps()
	width := w.res[2]
	if p.pass == backwardInput {
		width = (width + s.Stride[2] - 1) / s.Stride[2]
		terms = max(1, terms/(s.Stride[0]*s.Stride[1]*s.Stride[2]))
	}
	p.f.lanes = 1
	if !p.merged && p.sampleLanes(width, terms, w.rows, w.rows+w.channels, strided) {
		p.f.lanes = 8
	}
	p.blocks = (s.N + p.f.lanes - 1) / p.f.lanes
	w.phases = w.phases[:0]
	p.cutRows()
	for _, rows := range []int{p.strip, w.res[1] - (p.strips-1)*p.strip} {
		if p.pass == forward {
			p.forwardPhases(rows)
		} else {
			p.backwardPhases(rows)
		}
	}
	w.kinds = len(w.phases) / 2
	g := p.tiling()
	w.group = g.group
	w.split(&g, s.taps(), p.window())
	if !p.tables() {
		return false
	}
	p.cut()
	defer p.borrow(w.weightLen + w.sources*w.sourceLen + p.threads*(w.stageLen+w.tmpLen)).Release()

	if !w.late {
		p.loop(stagePack, s.Groups*w.parts*(len(w.starts)-1))
	}
	items := p.items()
	if p.byItems() {
		p.loop(stageItems, items)
	} else {
		clear(p.source(0))
		for p.item = range items {
			p.loop(stageFill, w.channels)
			p.loop(stageTasks, w.bands*w.groups)
		}
	}
	if p.act > gemm.LeakyReLU && p.pass == forward {
		p.loop(stageActivate, s.N*s.K)
	}
	return true
}

// heavy reports whether no cache holds the weights.
func (p *plan) heavy() bool { return 4*p.s.K*p.s.cg()*p.s.taps() > lateBytes }

// mergeable reports whether the samples are best computed as one: the weights
// are heavy, so that they should be read once for all samples, and these are
// small.
func (p *plan) mergeable() bool {
	s := &p.s
	small := max(s.C, s.K)*s.N*max(s.inArea(), s.outArea()) <= 4<<20
	return s.N > 1 && p.heavy() && small && s.In[0] == 1 && s.Out[0] == 1 && s.Kernel[0] == 1
}

// measure sets the distances in the data and in the result for n samples.
func (p *plan) measure(n int) {
	s, w, f := &p.s, &p.walk, &p.f
	operand, result := s.C, s.K
	if p.pass == backwardInput {
		operand, result = result, operand
	}
	f.deep, w.deep = f.in[1]*f.in[2], w.res[1]*w.res[2]
	f.area, w.area = f.in[0]*f.deep, w.res[0]*w.deep
	if p.merged {
		f.area, w.area = f.area/n, w.area/n
		f.deep, w.deep = operand*f.area, result*w.area
	}
}

// source, stageOf and tmp are a worker's parts of the scratch memory.
func (p *plan) source(worker int) []float32 {
	w := &p.walk
	return p.mem[w.weightLen+worker*w.sourceLen:][:w.sourceLen]
}

func (p *plan) stageOf(worker int) []float32 {
	w := &p.walk
	return p.mem[w.weightLen+w.sources*w.sourceLen+worker*w.stageLen:][:w.stageLen]
}

func (p *plan) tmp(worker int) []float32 {
	w := &p.walk
	return p.mem[w.weightLen+w.sources*w.sourceLen+p.threads*w.stageLen+worker*w.tmpLen:][:w.tmpLen]
}

// walkItems computes the items lo to hi.
func (p *plan) walkItems(worker, lo, hi int) {
	w := &p.walk
	src := p.source(worker)
	clear(src)
	for item := lo; item < hi; item++ {
		p.fillPlanes(src, p.tmp(worker), item, 0, w.channels)
		for u := range w.bands * w.groups {
			p.task(worker, src, item, u)
		}
	}
}

// fillPlanes copies the planes lo to hi of an item's operand into its field.
func (p *plan) fillPlanes(src, tmp []float32, item, lo, hi int) {
	s, w, f := &p.s, &p.walk, &p.f
	x, total := p.x, s.C
	if p.pass == backwardInput {
		x, total = p.y, s.K
	}
	area := f.area
	block, g, strip := p.at(item)
	shift := strip * p.strip
	if p.pass == forward {
		shift *= s.Stride[1]
	} else {
		shift /= s.Stride[1]
	}
	for c := lo; c < hi; c++ {
		rows := p.starts(block, total*area, (g*w.channels+c)*area)
		f.fill(src[c*f.plane():], x, &rows, shift, tmp)
	}
}

// task computes one band of places of one group of rows of an item.
func (p *plan) task(worker int, src []float32, item, unit int) {
	s, w, f := &p.s, &p.walk, &p.f
	band, group := unit/w.groups, unit%w.groups
	block, g, strip := p.at(item)
	tiles := len(w.starts) - 1
	first, last := group*w.perGroup, min((group+1)*w.perGroup, tiles)
	phases := w.phases[:w.kinds]
	if strip == p.strips-1 {
		phases = w.phases[w.kinds:]
	}
	begin := band * w.count
	if !w.whole && w.group*begin >= phases[0].segs {
		return // the last strip has fewer bands
	}
	area := w.area
	res, total := p.y, s.K
	if p.pass == backwardInput {
		res, total = p.x, s.C
	}
	r0 := w.starts[first]

	t := tileArgs{slope: p.slope}
	off := (g*w.rows+r0)*area + strip*p.strip*w.res[2] // in a sample of the result
	var out uintptr
	if w.staged {
		st := p.stageOf(worker)
		if w.empty {
			clear(st)
		}
		t.row = uintptr(4 * w.stageRow)
		out = address(st, 0)
		if !w.whole {
			out -= uintptr(32 * w.group * begin)
		}
	} else {
		n, _ := p.sample(block)
		t.row = uintptr(4 * area)
		out = address(res, n*total*area+off)
	}
	for part := range w.parts {
		c0 := part * w.depth
		depth := min(w.depth, w.channels-c0)
		t.in = address(src, c0*f.plane())
		t.flags = p.flags(part)
		for i := range phases {
			ph := &phases[i]
			if ph.taps == 0 || ph.segs == 0 {
				continue
			}
			t.terms, t.tab = depth*ph.taps, &w.tab[ph.tab]
			count := ph.segs / w.group
			if !w.whole {
				count = min(w.count, count-begin)
			}
			for tile := first; tile < last; tile++ {
				r := w.starts[tile]
				unit, of := (g*w.parts+part)*tiles+tile, &w.phases[i]
				at := of.weight + unit*of.panel
				if w.late {
					own := p.mem[worker*lateTiles*w.panelLen:][:lateTiles*w.panelLen]
					if (tile-first)%lateTiles == 0 {
						p.packSome(own, ph, unit, min(lateTiles, last-tile))
					}
					at = (worker*lateTiles + (tile-first)%lateTiles) * w.panelLen
				}
				t.a = address(p.mem, at)
				t.segments, t.count = &w.segs[ph.seg+w.group*begin], count
				t.out = out + uintptr(r-r0)*t.row
				if t.flags&flagBias != 0 {
					t.bias = address(p.bias, g*w.rows+r)
				}
				p.tiles(&t, w.starts[tile+1]-r)
			}
		}
	}
	if p.norm.Mean != nil {
		p.normalise(worker, res, &phases[0], block*total*area+off, g*w.rows+r0, w.starts[last]-r0, begin)
	}
	if w.staged {
		p.unstage(p.stageOf(worker), res, phases, block, total*area, off, w.starts[last]-r0, begin)
	}
}

// flags returns what a tile does besides summing when it sums a part of the
// channels.
func (p *plan) flags(part int) int {
	flags := 0
	if part > 0 {
		flags |= flagAccumulate
	}
	if p.pass != forward || part < p.walk.parts-1 {
		return flags
	}
	if p.bias != nil {
		flags |= flagBias
	}
	return flags | activation(p.act)
}

// activation returns the flag of an activation that tiles know.
func activation(a gemm.Activation) int {
	switch a {
	case gemm.ReLU:
		return flagReLU
	case gemm.LeakyReLU:
		return flagLeaky
	}
	return 0
}

// unstage copies staged rows to the result, where they begin at off in each
// sample.
func (p *plan) unstage(st, res []float32, phases []phase, block, perSample, off, rows, begin int) {
	w := &p.walk
	area := w.area
	if p.f.lanes > 1 {
		places := 0
		for _, ph := range phases {
			places += ph.area()
		}
		if !w.whole {
			off += w.group * begin
			places = min(w.group*w.count, places-w.group*begin)
		}
		for r := range rows {
			at := p.starts(block, perSample, off+r*area)
			lanes.Deinterleave(res, &at, st[r*w.stageRow:], places)
		}
		return
	}
	n, _ := p.sample(block)
	for r := range rows {
		to, from := res[n*perSample+off+r*area:], st[r*w.stageRow:]
		for i := range phases {
			ph := &phases[i]
			src := from[ph.out:]
			if ph.area() == 0 {
				continue
			}
			for z := range ph.n[0] {
				for y := range ph.n[1] {
					at := (ph.first[0]+z*ph.step[0])*w.deep + (ph.first[1]+y*ph.step[1])*w.res[2] + ph.first[2]
					spreadRow(to[at:], src[(z*ph.n[1]+y)*ph.n[2]:][:ph.n[2]], ph.step[2])
				}
			}
		}
	}
}

// spreadRow sets every step-th number of dst.
func spreadRow(dst, src []float32, step int) {
	at := 0
	for _, v := range src {
		dst[at] = v
		at += step
	}
}
