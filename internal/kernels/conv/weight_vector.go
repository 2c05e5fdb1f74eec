//go:build amd64 || arm64

package conv

import (
	"math"

	"github.com/hocsau/hocsau/internal/kernels/gemm/dots"
	"github.com/hocsau/hocsau/internal/kernels/gemm/lanes"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// maxSteps bounds the vectors of dy that a tile sums at a time, so that they
// stay in the first-level cache.
const maxSteps = 128

// weight is the plan of the gradient of the weight: for planes k of dy and
// terms (c, t),
//
//	dw[k, c, t] = Σ_o dy[k, o] · x[c, o + offset(t)]
//
// as scalar products of three terms with four or eight planes at a time.
type weight struct {
	planes int // of a tile, at most
	tab    []int32
	terms  int   // of one group
	starts []int // of the tiles of planes, and the end
	copied bool  // dy is copied, else read in place
	direct bool  // x is read in place
	steps  int   // vectors in a row of dy
	pitchX int   // numbers from row to row of x
	planeD int   // numbers of a plane of dy
	parts  int   // sums that are added in the end

	xLen, dLen, tmpLen, sumLen, workers int
}

// runWeight plans and computes; false where the sizes exceed the tables.
func (p *plan) runWeight() bool {
	if p.s.patched() {
		p.runPatches()
		return true
	}
	s, w, f := &p.s, &p.weight, &p.f
	f.lanes = 1
	if p.sampleLanes(s.Out[2], s.cg()*s.taps(), s.kg(), s.cg()+s.kg(), s.Stride[2] > 1) {
		f.lanes = 8
	}
	p.blocks = (s.N + f.lanes - 1) / f.lanes
	p.cutStrips(s.Out[1], 1, 4*f.lanes*s.cg()*s.Stride[1]*s.In[2], (s.Kernel[1]-1)*s.Dilation[1])
	s.operand(f, p.strip)
	f.deep = s.In[1] * s.In[2]
	plane := f.plane()
	w.copied = f.lanes > 1 || s.Out[2]%8 != 0
	if w.direct = !w.copied && f.dense() && s.PadEnd[1] == 0; w.direct {
		plane = s.inArea()
	}
	if (s.cg()*plane+8*f.lanes)*4 > math.MaxInt32 {
		return false
	}
	w.terms = s.cg() * s.taps()
	w.tab = w.tab[:0]
	for c := range s.cg() {
		for t := range s.taps() {
			w.tab = append(w.tab, int32(4*(c*plane+p.offset(nil, s.tapAt(t)))))
		}
	}
	w.starts = w.starts[:0]
	w.planes = dots.Planes(p.level)
	tiles := (s.kg() + w.planes - 1) / w.planes
	for i := range tiles + 1 {
		w.starts = append(w.starts, i*s.kg()/tiles)
	}
	w.steps = s.Out[2]
	if f.lanes == 1 {
		w.steps = (s.Out[2] + 7) / 8
	}
	w.pitchX = f.size[2] * f.lanes
	w.planeD = s.Out[0] * p.strip * w.steps * 8

	items := p.items()
	byItems := p.byItems()
	w.workers = 1
	if byItems {
		w.workers = p.threads
	}
	w.parts = w.workers
	w.xLen = 0
	if !w.direct {
		w.xLen = scratch.Round(4*(s.cg()*plane+slack)) / 4
	}
	w.dLen = 0
	if w.copied {
		w.dLen = s.kg() * w.planeD
	}
	w.tmpLen = 0
	if f.lanes > 1 && f.stride[2] > 1 {
		w.tmpLen = scratch.Round(32*f.in[2]+32) / 4
	}
	w.sumLen = s.Groups * tiles * w.terms * w.planes
	defer p.borrow(w.workers*(w.xLen+w.dLen+w.sumLen) + p.threads*w.tmpLen).Release()

	if byItems {
		for i := range w.workers {
			clear(w.sum(p.mem, i)) // a worker without items adds nothing
		}
		p.loop(stageItems, items)
	} else {
		clear(p.mem)
		for p.item = range items {
			p.loop(stageFill, s.cg()+s.kg())
			p.loop(stageTasks, tiles)
		}
	}
	p.loop(stageGather, s.Groups*tiles)
	return true
}

// x, d and sum are a worker's parts of the scratch memory, tmp its row.
func (w *weight) x(mem []float32, worker int) []float32 { return mem[worker*w.xLen:][:w.xLen] }

func (w *weight) d(mem []float32, worker int) []float32 {
	return mem[w.workers*w.xLen+worker*w.dLen:][:w.dLen]
}

func (w *weight) sum(mem []float32, worker int) []float32 {
	return mem[w.workers*(w.xLen+w.dLen)+worker*w.sumLen:][:w.sumLen]
}

func (w *weight) tmp(mem []float32, worker int) []float32 {
	return mem[w.workers*(w.xLen+w.dLen+w.sumLen)+worker*w.tmpLen:][:w.tmpLen]
}

// weightItems adds the items lo to hi to the worker's sum.
func (p *plan) weightItems(worker, lo, hi int) {
	s, w := &p.s, &p.weight
	x, d, tmp := w.x(p.mem, worker), w.d(p.mem, worker), w.tmp(p.mem, worker)
	clear(x)
	clear(d)
	for item := lo; item < hi; item++ {
		p.weightPlanes(item, x, d, tmp, 0, s.cg()+s.kg())
		p.dots(item, x, d, w.sum(p.mem, worker), 0, len(w.starts)-1)
	}
}

// weightFill copies the planes lo to hi of the present item, first those of x
// and then those of dy.
func (p *plan) weightFill(worker, lo, hi int) {
	w := &p.weight
	p.weightPlanes(p.item, w.x(p.mem, 0), w.d(p.mem, 0), w.tmp(p.mem, worker), lo, hi)
}

func (p *plan) weightPlanes(item int, x, d, tmp []float32, lo, hi int) {
	s, w, f := &p.s, &p.weight, &p.f
	block, g, strip := p.at(item)
	cg, kg, in, out := s.cg(), s.kg(), s.inArea(), s.outArea()
	for c := lo; c < min(hi, cg) && !w.direct; c++ {
		rows := p.starts(block, s.C*in, (g*cg+c)*in)
		f.fill(x[c*f.plane():], p.x, &rows, strip*p.strip*s.Stride[1], tmp)
	}
	if !w.copied {
		return
	}
	_, n := p.sample(block)
	lines := s.Out[0] * min(p.strip, s.Out[1]-strip*p.strip)
	for k := max(lo-cg, 0); k < hi-cg; k++ {
		rows := p.starts(block, s.K*out, (g*kg+k)*out+strip*p.strip*s.Out[2])
		dst := d[k*w.planeD:][:w.planeD]
		if f.lanes == 1 {
			for r := range lines {
				copy(dst[r*8*w.steps:], p.y[rows[0]+r*s.Out[2]:][:s.Out[2]])
			}
			continue
		}
		lanes.Interleave(dst, 8, p.y, &rows, lines*s.Out[2])
		if n < 8 {
			for i := 0; i < len(dst); i += 8 {
				clear(dst[i+n:][:8-n]) // lanes without a sample
			}
		}
	}
}

// dots adds the products of the tiles lo to hi of dy's planes with all terms
// of an item to sum [tile, term, planes].
func (p *plan) dots(item int, x, d, sum []float32, lo, hi int) {
	s, w, f := &p.s, &p.weight, &p.f
	block, g, strip := p.at(item)
	t := dots.Args{StrideD: uintptr(4 * w.planeD), Steps: w.steps, PitchX: uintptr(4*w.pitchX - 32*w.steps), StepOut: uintptr(4 * w.planes)}
	first, _ := p.sample(block)
	perBlock := max(1, maxSteps/w.steps)
	height := min(p.strip, s.Out[1]-strip*p.strip)
	base, tiles := address(d, 0), len(w.starts)-1
	origin := address(x, 0)
	if w.direct {
		origin = address(p.x, (first*s.C+g*s.cg())*s.inArea()+strip*p.strip*s.In[2])
	}
	if !w.copied {
		t.StrideD = uintptr(4 * s.outArea())
		base = address(p.y, (first*s.K+g*s.kg())*s.outArea()+strip*p.strip*s.Out[2])
	}
	// Few rows at a time for all planes: those of x stay in the cache.
	for z := range s.Out[0] {
		for y := 0; y < height; y += perBlock {
			t.Rows = min(perBlock, height-y)
			for tile := lo; tile < hi; tile++ {
				k := w.starts[tile]
				rows := w.starts[tile+1] - k
				out := (g*tiles + tile) * w.terms * w.planes
				t.D = base + uintptr(k)*t.StrideD + uintptr((z*height+y)*w.steps*32)
				t.X = origin + uintptr(4*f.at([3]int{}, [3]int{z, y, 0}))
				if n := w.terms / 3; n > 0 {
					t.Groups, t.Tab, t.Out = n, &w.tab[0], address(sum, out)
					dots.Run(p.level, &t, 3, rows)
				}
				if rest := w.terms % 3; rest > 0 {
					i := w.terms - rest
					t.Groups, t.Tab, t.Out = 1, &w.tab[i], address(sum, out+w.planes*i)
					dots.Run(p.level, &t, rest, rows)
				}
			}
		}
	}
}

// gather sets dw from the sums for the tiles lo to hi of all groups.
func (p *plan) gather(lo, hi int) {
	w := &p.weight
	tiles := len(w.starts) - 1
	for u := lo; u < hi; u++ {
		g, tile := u/tiles, u%tiles
		at := u * w.terms * w.planes
		for k := w.starts[tile]; k < w.starts[tile+1]; k++ {
			dw := p.w[(g*p.s.kg()+k)*w.terms:][:w.terms]
			lane := k - w.starts[tile]
			for part := range w.parts {
				src := w.sum(p.mem, part)[at : at+w.planes*w.terms]
				for i := range dw {
					if part == 0 {
						dw[i] = src[w.planes*i+lane]
					} else {
						dw[i] += src[w.planes*i+lane]
					}
				}
			}
		}
	}
}
