package graph

import (
	"math"
	"runtime/debug"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/vec"
	"github.com/hocsau/hocsau/internal/machine"
)

// Program is a compiled graph. It implements gorgonia.VM. A run allocates
// nothing. Runs wait for each other, but what Float32s, Value, Loss and the like
// return is of the run that ended last: goroutines that share a program take
// turns from the run to the reading of its results, as [Programs.Use] makes them.
type Program struct {
	g         *Graph
	plan      *plan
	arena     *arena
	pool      *par.Pool
	version   int // of the arena's memory that the slots lie in
	loss      *Node
	fetched   []*Node
	grads     []gorgonia.ValueGrad
	byLeaf    map[*leaf]*slot
	updates   []bufferUpdate
	unreached []string
	bounds    []*slot
	step      *slot
	times     []time.Duration // of each task, where profiling
}

type bufferUpdate struct {
	param *Param
	value *slot
}

var _ gorgonia.VM = (*Program)(nil)

// releaseBytes is the size of an arena before whose reservation free memory is
// given back to the system.
const releaseBytes = 32 << 20

func newProgram(p *plan, a *arena, loss *Node, grads []*gradient, unreached []string) (*Program, error) {
	prog := &Program{
		g: p.g, plan: p, arena: a, pool: p.g.store.pool, loss: loss,
		unreached: unreached, version: -1, byLeaf: map[*leaf]*slot{},
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.bytes > releaseBytes {
		debug.FreeOSMemory() // what initialising the parameters took
	}
	if err := machine.Fits("the program", int64(a.missing(p))); err != nil {
		return nil, errors.Wrap(err, "Compile")
	}
	a.reserve(p.bytes)
	for _, s := range p.slots {
		if s.root != s {
			continue
		}
		switch s.place {
		case inOwn:
			s.mem = newBuf(s.kind, s.n)
		case inGrads:
			s.mem = a.gradient(s.param)
		case bound:
			s.mem = newBuf(s.kind, s.n)
			prog.bounds = append(prog.bounds, s)
		}
	}
	for _, s := range p.slots {
		if s.root != s && s.place != inArena {
			s.mem = s.root.mem.part(s.offset, s.n)
		}
	}
	for _, d := range grads {
		s := p.slots[d.node.n]
		prog.byLeaf[d.leaf] = s
		if d.leaf.param != nil {
			prog.grads = append(prog.grads, &paramGrad{d.leaf.param, s.mem.value(s.shape)})
		}
	}
	if loss != nil {
		for _, u := range p.g.updates {
			prog.updates = append(prog.updates, bufferUpdate{u.param, p.slots[u.value.n]})
		}
	}
	if p.g.step != nil {
		if s := p.slots[p.g.step.n]; s != nil {
			prog.step, s.fed = s, true
		}
	}
	prog.bind()
	return prog, prog.publish()
}

// bind gives the values in the arena their memory and the tasks their operands.
func (p *Program) bind() {
	slots := p.plan.slots
	for _, s := range slots {
		if s.root == s && s.place == inArena {
			s.mem = carve(p.arena.mem, s.storage.offset, s.kind, s.n)
		}
	}
	for _, s := range p.plan.again {
		s.mem = carve(p.arena.mem, s.storage.offset, s.kind, s.n)
	}
	for _, s := range slots {
		if s.root != s && s.place == inArena {
			s.mem = s.root.mem.part(s.offset, s.n)
		}
	}
	for _, t := range p.plan.tasks {
		t.call = call{pool: p.pool, out: t.out.mem, in: t.call.in[:0]}
		for _, s := range t.in {
			t.call.in = append(t.call.in, s.mem)
		}
		if t.foreign == nil {
			continue
		}
		t.values = t.values[:0]
		for _, s := range t.in {
			t.values = append(t.values, s.mem.value(s.shape))
		}
		t.result = t.out.mem.value(t.out.shape)
	}
	p.version = p.arena.version
}

// publish binds the values that last to their Gorgonia nodes.
func (p *Program) publish() error {
	for n, s := range p.plan.slots {
		if s.place == inArena || s.place == constant || s.place == bound || s.place == inParam && s.leaf == nil {
			continue
		}
		if err := gorgonia.UnsafeLet(n, s.mem.value(s.shape)); err != nil {
			return errors.Wrapf(err, "bind %s", &Node{p.g, n})
		}
	}
	return nil
}

// errNoProgram is what a Program says that Compile did not make.
var errNoProgram = errors.New("a program that Compile did not make")

// made reports whether Compile made the program.
func (p *Program) made() bool { return p != nil && p.plan != nil }

// Input returns the input of that name; nil where the graph has none.
func (p *Program) Input(name string) *Node {
	if !p.made() {
		return nil
	}
	for _, l := range p.g.inputs {
		if l.name == name {
			return l.node
		}
	}
	return nil
}

// Fetched returns the i-th of the nodes that Compile was asked to fetch; nil where
// it was asked for fewer.
func (p *Program) Fetched(i int) *Node {
	if !p.made() || i < 0 || i >= len(p.fetched) {
		return nil
	}
	return p.fetched[i]
}

// Feed is the value of an input for one run.
type Feed struct {
	node *Node
	f32  []float32
	f64  []float64
	ints []int
}

// Feed gives the input n its elements, in row-major order. They are copied.
func (n *Node) Feed(data []float32) Feed { return Feed{node: n, f32: data} }

// FeedFloat64s is Feed for float64s.
func (n *Node) FeedFloat64s(data []float64) Feed { return Feed{node: n, f64: data} }

// FeedInts is Feed for an input of integers.
func (n *Node) FeedInts(data []int) Feed { return Feed{node: n, ints: data} }

// Run feeds the inputs and computes. Inputs that are not fed keep their value
// of the run before.
func (p *Program) Run(feeds ...Feed) error {
	if !p.made() {
		return errors.Wrap(errNoProgram, "Run")
	}
	p.arena.mu.Lock()
	defer p.arena.mu.Unlock()
	for i := range feeds {
		if err := p.feed(&feeds[i]); err != nil {
			return err
		}
	}
	if err := p.ready(); err != nil {
		return err
	}
	if err := p.execute(false); err != nil {
		return err
	}
	for _, u := range p.updates {
		u.param.mem.copyFrom(u.value.mem)
	}
	return nil
}

// RunAll is Run without feeds.
func (p *Program) RunAll() error { return p.Run() }

// Reset does nothing: a run leaves nothing to be undone.
func (p *Program) Reset() {}

// Close ends the threads that the program's store runs on, if idle. It need
// not be called: they end by themselves.
func (p *Program) Close() error {
	if p.made() {
		p.pool.Close()
	}
	return nil
}

func (p *Program) feed(f *Feed) error {
	if f.node == nil || f.node.n == nil || f.node.g != p.g {
		return errors.New("Run: a feed for a node of another graph")
	}
	s := p.plan.slots[f.node.n]
	if s == nil {
		return nil // an input that nothing computed here depends on
	}
	if s.leaf == nil || s.leaf.param != nil {
		return errors.Errorf("Run: %s is no input", f.node)
	}
	given := max(len(f.f32), len(f.f64), len(f.ints))
	if given != s.n {
		return errors.Errorf("Run: %d values for input %s, expected %d", given, f.node, s.n)
	}
	switch {
	case s.kind == kindInt && f.ints != nil:
		copy(sliceOf[int](s.mem), f.ints)
	case s.kind == kindF32 && f.f32 != nil:
		copy(sliceOf[float32](s.mem), f.f32)
	case s.kind == kindF64 && f.f64 != nil:
		copy(sliceOf[float64](s.mem), f.f64)
	case s.kind == kindF64 && f.f32 != nil:
		convert(sliceOf[float64](s.mem), f.f32)
	case s.kind == kindF32 && f.f64 != nil:
		convert(sliceOf[float32](s.mem), f.f64)
	default:
		return errors.Errorf("Run: input %s: expected %v numbers", f.node, s.kind.tensor())
	}
	s.fed = true
	return nil
}

// ready checks that each leaf has a value, and fetches those bound in Gorgonia.
func (p *Program) ready() error {
	for _, l := range p.g.inputs {
		if s := p.plan.slots[l.node.n]; s != nil && !s.fed {
			return errors.Errorf("Run: input %s is not fed", l.node)
		}
	}
	for _, s := range p.bounds {
		v := s.node.Value()
		if v == nil {
			return errors.Errorf("Run: the leaf %s has no value; gorgonia.Let gives it one", s.node.Name())
		}
		b, err := valueBuf(v)
		if err != nil || b.n != s.n || b.kind != s.kind {
			return errors.Errorf("Run: the leaf %s has a value of another shape or type", s.node.Name())
		}
		s.mem.copyFrom(b)
	}
	if p.version != p.arena.version {
		p.bind()
	}
	return nil
}

// execute runs the tasks; with check it stops at the first value that is not
// finite.
func (p *Program) execute(check bool) (err error) {
	var at *task
	defer func() {
		if v := recover(); v != nil {
			err = p.describe(at, errors.Errorf("%v", v))
		}
	}()
	for i, t := range p.plan.tasks {
		at = t
		var begin time.Time
		if p.times != nil {
			begin = time.Now()
		}
		if t.kernel != nil {
			err = t.kernel.compute(&t.call)
		} else {
			err = t.runForeign()
		}
		if err != nil {
			return p.describe(t, err)
		}
		if p.times != nil {
			p.times[i] += time.Since(begin)
		}
		if check && !finite(t.numbers()) {
			return p.describe(t, ErrNotFinite)
		}
	}
	return nil
}

// numbers returns that part of the result which holds numbers.
func (t *task) numbers() buf {
	if k, ok := t.kernel.(packer); ok {
		return t.out.mem.part(0, k.numbers())
	}
	return t.out.mem
}

// runForeign runs an operation that is not of this package.
func (t *task) runForeign() error {
	var v gorgonia.Value
	var err error
	if o, ok := t.foreign.(gorgonia.UsePreallocDoer); ok {
		t.out.mem.zero() // some add to what they are given
		v, err = o.UsePreallocDo(t.result, t.values...)
	} else {
		v, err = t.foreign.Do(t.values...)
	}
	if err != nil || v == t.result {
		return err
	}
	b, err := valueBuf(v)
	if err != nil {
		return err
	}
	if b.n != t.out.n || b.kind != t.out.kind {
		return errors.Errorf("a result of %d %v, expected %d %v", b.n, b.kind.tensor(), t.out.n, t.out.kind.tensor())
	}
	t.out.mem.copyFrom(b)
	return nil
}

// describe says in which operation an error came up.
func (p *Program) describe(t *task, err error) error {
	if t == nil {
		return errors.Wrap(err, "Run")
	}
	return errors.Wrap(err, p.signature(t))
}

// signature returns a task's operation with its operands.
func (p *Program) signature(t *task) string {
	in := make([]*Node, len(t.in))
	for i, s := range t.in {
		in[i] = &Node{p.g, s.node}
	}
	if t.kernel != nil {
		return signature(t.kernel.String(), in)
	}
	return signature(t.foreign.String(), in)
}

// ErrNotFinite is the cause of the error that [Program.Diagnose] returns.
var ErrNotFinite = errors.New("the result is not finite")

// Diagnose computes again with the inputs of the last run and returns an error
// that names the first operation whose result is not finite, or nil. Inputs and
// parameters are checked first. Buffers keep their values.
func (p *Program) Diagnose() error {
	if !p.made() {
		return errors.Wrap(errNoProgram, "Diagnose")
	}
	p.arena.mu.Lock()
	defer p.arena.mu.Unlock()
	if err := p.ready(); err != nil {
		return err
	}
	for _, l := range p.g.ordered() {
		if l.param != nil && l.param.buffer && p.g.mode == Train {
			continue // it has the values that the run itself gave it
		}
		if s := p.plan.slots[l.node.n]; s != nil && !finite(s.mem) {
			return errors.Wrap(ErrNotFinite, l.node.String())
		}
	}
	for _, l := range p.g.inputs {
		if s := p.plan.slots[l.node.n]; s != nil && !finite(s.mem) {
			return errors.Wrapf(ErrNotFinite, "input %s", l.node)
		}
	}
	return p.execute(true)
}

func finite(b buf) bool {
	switch b.kind {
	case kindF32:
		return vec.AllFinite(sliceOf[float32](b)) < 0
	case kindF64:
		return vec.AllFinite(sliceOf[float64](b)) < 0
	}
	return true
}

// SetStep sets the number that random operations draw by: the same number
// gives the same dropout masks.
func (p *Program) SetStep(step int) {
	if p.made() && p.step != nil {
		sliceOf[int](p.step.mem)[0] = step
	}
}

// kept returns the slot of a node whose value lasts; nil where it does not.
func (p *Program) kept(n *Node) *slot {
	if !p.made() || n == nil || n.n == nil {
		return nil
	}
	s := p.plan.slots[n.n]
	if s == nil || s.place == inArena {
		return nil
	}
	return s
}

// Value returns the value of the loss, a fetched node or a leaf; nil for any
// other. It shares the program's memory and changes with the next run.
func (p *Program) Value(n *Node) gorgonia.Value {
	s := p.kept(n)
	if s == nil {
		return nil
	}
	return s.mem.value(s.shape)
}

// LossAlone returns a program that computes the loss and no gradient, with the
// inputs and the step of p's last run. It changes no buffer. The loss is what it
// fetches first.
func (p *Program) LossAlone() (*Program, error) {
	if p.loss == nil {
		return nil, errors.New("the program has no loss")
	}
	q, err := p.g.compile(newArena(), nil, []*Node{p.loss})
	if err != nil {
		return nil, err
	}
	p.arena.mu.Lock()
	defer p.arena.mu.Unlock()
	for _, l := range p.g.inputs {
		from, to := p.plan.slots[l.node.n], q.plan.slots[l.node.n]
		if from != nil && to != nil {
			to.mem.copyFrom(from.mem)
			to.fed = from.fed
		}
	}
	return q, p.publish() // the values bound in Gorgonia stay p's
}

// Values returns a copy of the elements of the loss, a fetched node or a leaf;
// nil for any other node.
func (p *Program) Values(n *Node) []float64 {
	s := p.kept(n)
	if s == nil {
		return nil
	}
	return s.mem.float64s()
}

// Float32s returns the elements of a fetched float32 node, shared with the
// program until the next run; nil for any other.
func (p *Program) Float32s(n *Node) []float32 {
	s := p.kept(n)
	if s == nil || s.kind != kindF32 {
		return nil
	}
	return sliceOf[float32](s.mem)
}

// Scalar returns the value of a fetched node of one element; NaN for any other.
func (p *Program) Scalar(n *Node) float64 {
	s := p.kept(n)
	if s == nil || s.n != 1 {
		return math.NaN()
	}
	switch s.kind {
	case kindF32:
		return float64(sliceOf[float32](s.mem)[0])
	case kindF64:
		return sliceOf[float64](s.mem)[0]
	}
	return float64(sliceOf[int](s.mem)[0])
}

// Loss returns the loss of the last run; NaN where there is none.
func (p *Program) Loss() float64 {
	if !p.made() {
		return math.NaN()
	}
	return p.Scalar(p.loss)
}

// Gradients returns the parameters that the loss depends on, each with its
// gradient, in order of creation: what a solver's Step takes. The slice and
// the values are the same after each run.
func (p *Program) Gradients() []gorgonia.ValueGrad {
	if !p.made() {
		return nil
	}
	return p.grads
}

// Gradient returns a copy of the gradient by a parameter, or by an input that
// RequireGrad named; nil for any other node.
func (p *Program) Gradient(n *Node) []float64 {
	if !p.made() || n == nil || n.n == nil {
		return nil
	}
	s := p.byLeaf[p.g.leaves[n.n]]
	if s == nil {
		return nil
	}
	return s.mem.float64s()
}

// Unreached names the parameters of the graph that the loss does not depend on.
func (p *Program) Unreached() []string {
	if !p.made() {
		return nil
	}
	return p.unreached
}

// Memory says what the program needs.
func (p *Program) Memory() Memory {
	if !p.made() {
		return Memory{}
	}
	return p.plan.report()
}

// paramGrad is a parameter with its gradient.
type paramGrad struct {
	*Param
	grad gorgonia.Value
}

func (d *paramGrad) Grad() (gorgonia.Value, error) { return d.grad, nil }
