//go:build amd64 || arm64

package conv

import (
	"sync"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// fast computes c by assembly where that exists for its type and pass.
func fast[T gemm.Float](p *par.Pool, level cpu.Set, c *call[T]) bool {
	var zero T
	if unsafe.Sizeof(zero) != 4 {
		return false
	}
	pl := takePlan()
	defer releasePlan(pl)
	pl.call = *(*call[float32])(unsafe.Pointer(c))
	pl.level, pl.pool, pl.threads = level, p, p.Threads()
	if c.s.Flops() < 2*forkFlops {
		pl.threads = 1
	}
	switch point := pl.s.pointwise(); {
	case point && c.pass == backwardWeight:
		pl.s.reshape()
		return pl.runWeight()
	case point:
		pl.runPointwise()
	case c.pass == backwardWeight && pl.runWinogradWeight():
	case c.pass == backwardWeight:
		return pl.runWeight()
	case pl.s.depthwise() && pl.runDepth():
	case pl.runWinograd():
	default:
		return pl.runWalk()
	}
	return true
}

// A stage is a loop of a plan over the pool.
type stage int

const (
	stagePack      stage = iota // weights into panels
	stageItems                  // whole items, each by one thread
	stageFill                   // planes of one item's operand
	stageTasks                  // parts of one item's result
	stageActivate               // planes of the result
	stageGather                 // the weight gradient from its parts
	stagePoint                  // samples of a 1×1 convolution
	stageTurn                   // dy by planes
	stagePatches                // the weight gradient by patches
	stageDepth                  // planes of a depthwise convolution
	stageKernels                // of Winograd's algorithm: panels of weights
	stageBlocks                 // blocks, whole
	stageOperand                // planes of a block's operand
	stagePanels                 // panels of a block's result
	stageSums                   // blocks, whole, of the weight's gradient
	stageUnturn                 // groups of channels of it
	stageWeaveRows              // groups of rows of a block
	stageWeave                  // groups of channels of a block
	stageRows                   // rows of the divided sum
)

// plan is a call in the form that the assembly computes. An item is a block
// of samples, as many as the field has lanes, times a group of channels times
// a strip of rows (of axis 1) of the result.
type plan struct {
	call[float32]
	level   cpu.Set
	pool    *par.Pool
	threads int
	stage   stage

	merged         bool  // the samples are one item, side by side along the depth
	f              field // of x, or of dy for the gradient of the input
	blocks         int   // of samples
	strips         int   // of an image
	strip          int   // rows in all strips but the last
	item           int   // that fill and tasks work on
	walk           walk
	weight         weight
	depth          depth
	winograd       winograd
	winogradWeight winogradWeight
	mem            []float32 // scratch of this call
}

// loop runs a stage of n units whose work is worth forking.
func (p *plan) loop(s stage, n int) {
	p.stage = s
	p.pool.For(n, max(1, n/p.threads), p)
}

// Range does the units lo to hi of the present stage.
func (p *plan) Range(worker, lo, hi int) {
	switch p.stage {
	case stagePack:
		for u := lo; u < hi; u++ {
			p.packPanel(u)
		}
	case stageItems:
		if p.pass == backwardWeight {
			p.weightItems(worker, lo, hi)
		} else {
			p.walkItems(worker, lo, hi)
		}
	case stageFill:
		if p.pass == backwardWeight {
			p.weightFill(worker, lo, hi)
		} else {
			p.fillPlanes(p.source(0), p.tmp(worker), p.item, lo, hi)
		}
	case stageTasks:
		if p.pass == backwardWeight {
			p.dots(p.item, p.weight.x(p.mem, 0), p.weight.d(p.mem, 0), p.weight.sum(p.mem, 0), lo, hi)
			return
		}
		for u := lo; u < hi; u++ {
			p.task(worker, p.source(0), p.item, u)
		}
	case stageActivate:
		area := p.s.outArea()
		gemm.Activate(p.act, p.slope, p.y[lo*area:hi*area])
	case stageGather:
		p.gather(lo, hi)
	case stageTurn:
		p.turnPlanes(lo, hi)
	case stagePatches:
		p.patchBlocks(worker, lo, hi)
	case stageDepth:
		p.depthPlanes(worker, lo, hi)
	case stageKernels, stageBlocks, stageOperand, stagePanels:
		p.winogradRange(worker, lo, hi)
	case stageSums, stageUnturn, stageWeaveRows, stageWeave, stageRows:
		p.sumRange(worker, lo, hi)
	case stagePoint:
		for n := lo; n < hi; n++ {
			p.point(nil, n)
		}
	}
}

// sample returns the first sample of a block and how many there are.
func (p *plan) sample(block int) (first, n int) {
	first = block * p.f.lanes
	return first, min(p.f.lanes, p.s.N-first)
}

// starts returns where the samples of a block begin in a tensor with the
// given numbers a sample, plus off. Lanes without a sample repeat the last.
func (p *plan) starts(block, perSample, off int) (rows [8]int) {
	first, n := p.sample(block)
	for r := range rows {
		rows[r] = (first+min(r, n-1))*perSample + off
	}
	return rows
}

// sampleLanes reports whether vectors are to run over samples rather than
// along rows of the result, which are width long. terms and planes are those
// of the products for one number; moved are the numbers that changing the
// layout moves for each place.
func (p *plan) sampleLanes(width, terms, planes, moved int, strided bool) bool {
	if p.s.N < 4 {
		return false
	}
	// Cycles for one place of one sample: the products, moving a number about
	// a third.
	work := float64(terms*planes) / float64(p.tiling().rate)
	rows := work * float64((width+7)/8*8) / float64(width) * 1.1
	if width%8 != 0 {
		rows += 0.15 * float64(planes)
	}
	if strided {
		rows += 0.7 * float64(moved)
	}
	samples := work*float64((p.s.N+7)/8*8)/float64(p.s.N) + 0.35*float64(moved)
	return samples < rows
}

// tiling is how an instruction set divides a result: into tiles of at most rows
// planes and group segments. rate is the products a cycle.
type tiling struct{ rows, group, rate int }

func (p *plan) tiling() tiling {
	if p.level >= cpu.AVX512 {
		return tiling{rows: 14, group: 4, rate: 32}
	}
	return tiling{rows: 6, group: 2, rate: 16}
}

// height returns how many of the remaining planes the next tile takes. AVX2 and NEON
// tiles are 6 high, but where that would leave too thin a tile; those of
// AVX-512 are about equally high.
func (g *tiling) height(rest int) int {
	switch {
	case g.rows > 6:
		tiles := (rest + g.rows - 1) / g.rows
		return (rest + tiles - 1) / tiles
	case rest == 7 || rest == 8:
		return 4
	}
	return min(rest, g.rows)
}

// stripBytes is the size of the part of an item's operand that is filled at a
// time: it is read again from the cache for each tile of planes.
const stripBytes = 768 << 10

// cutStrips chooses the strips of a result with the given rows, made in
// multiples of unit. rowBytes is the part of the operand that one row takes,
// halo the rows that neighbouring strips share.
func (p *plan) cutStrips(rows, unit, rowBytes, halo int) {
	p.strips, p.strip = 1, rows
	if p.s.In[0] > 1 || p.s.Out[0] > 1 {
		return
	}
	units := (rows + unit - 1) / unit
	least := max(2, 2*halo)                               // units in a strip
	want := (rows*rowBytes + stripBytes - 1) / stripBytes // by size
	if items := p.blocks * p.s.Groups * want; items < 4*p.threads && !p.heavy() {
		want *= p.threads // so that each thread has some
	}
	p.strips = max(1, min(want, units/least))
	for p.strips > 1 && p.strips*p.blocks*p.s.Groups%p.threads != 0 {
		p.strips--
	}
	per := (units + p.strips - 1) / p.strips
	p.strip = min(rows, per*unit)
	p.strips = (units + per - 1) / per
}

// at returns where an item is.
func (p *plan) at(item int) (block, group, strip int) {
	strip, item = item%p.strips, item/p.strips
	return item / p.s.Groups, item % p.s.Groups, strip
}

func (p *plan) items() int { return p.blocks * p.s.Groups * p.strips }

// byItems reports whether threads take whole items.
func (p *plan) byItems() bool {
	return p.threads == 1 || p.items()%p.threads == 0 || p.items() >= 4*p.threads
}

func address(x []float32, i int) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(x))) + uintptr(4*i)
}

// borrow lends the plan n numbers of scratch until done is called on it.
func (p *plan) borrow(n int) *scratch.Buffer {
	buf := scratch.Take(4 * n)
	p.mem = scratch.Of[float32](buf, 0, n)
	return buf
}

// plans is a free list: plans keep their tables' memory.
type plans struct {
	sync.Mutex
	list []*plan
}

// This list is a cache; nothing that is computed depends on it.
var freePlans plans

func takePlan() *plan {
	freePlans.Lock()
	defer freePlans.Unlock()
	if len(freePlans.list) == 0 {
		return new(plan)
	}
	p := freePlans.list[len(freePlans.list)-1]
	freePlans.list = freePlans.list[:len(freePlans.list)-1]
	return p
}

func releasePlan(p *plan) {
	p.call, p.pool, p.mem = call[float32]{}, nil, nil // keeps no caller's memory alive
	freePlans.Lock()
	freePlans.list = append(freePlans.list, p)
	freePlans.Unlock()
}
