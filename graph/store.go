package graph

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/machine"
)

// DType is the number type of a store and of the graphs over it.
type DType int

const (
	// Float32 is for training and use.
	Float32 DType = iota
	// Float64 is for checks.
	Float64
)

func (d DType) String() string {
	if d == Float64 {
		return "float64"
	}
	return "float32"
}

// Init fills the values of a new parameter of the given shape; r gives the
// random numbers, a function of the store's seed and the parameter's name.
type Init func(r *rand.Rand, shape []int, values []float64)

// Constant returns an Init that gives each element the value v.
func Constant(v float64) Init {
	return func(_ *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = v
		}
	}
}

// Param is a named array in a Store: a parameter, which solvers change, or a
// buffer, such as a running mean, which they do not.
type Param struct {
	name   string
	shape  tensor.Shape
	buffer bool
	value  *tensor.Dense
	mem    buf
}

// Name returns the full name, such as "conv1.weight".
func (p *Param) Name() string { return p.name }

// Shape returns the shape; the caller must not change it.
func (p *Param) Shape() []int { return p.shape }

// Len returns the number of elements.
func (p *Param) Len() int { return p.shape.TotalSize() }

// IsBuffer reports whether p is saved but never given to a solver.
func (p *Param) IsBuffer() bool { return p.buffer }

// Value returns the live value, a *tensor.Dense shared by all programs.
func (p *Param) Value() gorgonia.Value { return p.value }

// Float32s returns the live elements of a float32 parameter, else nil.
func (p *Param) Float32s() []float32 {
	if p.mem.kind != kindF32 {
		return nil
	}
	return sliceOf[float32](p.mem)
}

// Float64s returns the live elements of a float64 parameter, else nil.
func (p *Param) Float64s() []float64 {
	if p.mem.kind != kindF64 {
		return nil
	}
	return sliceOf[float64](p.mem)
}

// Values returns a copy of the elements.
func (p *Param) Values() []float64 { return p.mem.float64s() }

// SetValues overwrites the elements, rounding to the store's type.
func (p *Param) SetValues(v []float64) error {
	if len(v) != p.Len() {
		return errors.Errorf("set %s: %d values, expected %d for shape %v", p.name, len(v), p.Len(), p.shape)
	}
	p.mem.setFloat64s(v)
	return nil
}

// Store holds parameters and buffers by name, in order of creation.
// Graphs over one store share them: what a solver changes, all see.
type Store struct {
	dtype DType
	seed  uint64
	pool  *par.Pool

	mu     sync.Mutex
	params []*Param
	byName map[string]*Param
	frozen []string
	sketch bool
}

// NewStore returns an empty store. The seed decides every random number that
// graphs over the store use.
func NewStore(dtype DType, seed uint64) *Store {
	return &Store{dtype: dtype, seed: seed, pool: par.New(0), byName: map[string]*Param{}}
}

// SetThreads sets the number of threads that programs compiled from now on
// use; n ≤ 0 means GOMAXPROCS, which is the default.
func (s *Store) SetThreads(n int) { s.pool = par.New(n) }

// Threads returns the number of threads that programs use.
func (s *Store) Threads() int { return s.pool.Threads() }

// Sketch makes the parameters that are created from now on all zero, without the
// work of their initialisers: enough for shapes and sizes of large models.
func (s *Store) Sketch() { s.sketch = true }

// DType returns the number type of the parameters.
func (s *Store) DType() DType { return s.dtype }

// Seed returns the seed.
func (s *Store) Seed() uint64 { return s.seed }

// Params returns all parameters and buffers in order of creation.
func (s *Store) Params() []*Param {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Param(nil), s.params...)
}

// Param returns the parameter or buffer of that name, or nil.
func (s *Store) Param(name string) *Param {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName[name]
}

// Freeze keeps solvers from changing the parameters at and below prefix (a
// name, or its leading parts up to a dot); "" freezes all. In graphs built
// afterwards the layers there behave as in evaluation: batch norm uses and
// keeps its running values, dropout is off.
func (s *Store) Freeze(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = append(s.frozen, prefix)
}

// FreezeAllBut freezes the layers of all parameters and buffers that the store
// has, but for those at and below the prefixes.
func (s *Store) FreezeAllBut(prefixes ...string) {
	for _, p := range s.Params() {
		if !anyBelow(prefixes, p.name) {
			if i := strings.LastIndexByte(p.name, '.'); i > 0 {
				s.Freeze(p.name[:i])
			} else { // of no layer
				s.Freeze(p.name)
			}
		}
	}
}

// Unfreeze takes back all that Freeze was told.
func (s *Store) Unfreeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = nil
}

// Frozen reports whether name lies at or below a frozen prefix.
func (s *Store) Frozen(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return anyBelow(s.frozen, name)
}

// anyBelow reports whether name lies at or below one of the prefixes.
func anyBelow(prefixes []string, name string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return p == "" || name == p || strings.HasPrefix(name, strings.TrimSuffix(p, ".")+".")
	})
}

// param returns the parameter of that name, made by init where there is none.
func (s *Store) param(name string, init Init, shape []int, buffer bool) (*Param, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	want := tensor.Shape(shape).Clone()
	if p, ok := s.byName[name]; ok {
		if !p.shape.Eq(want) {
			return nil, errors.Errorf("parameter %s: the store holds shape %v, expected %v", name, p.shape, want)
		}
		if p.buffer != buffer {
			return nil, errors.Errorf("parameter %s: the store holds it as a buffer: %t, expected %t", name, p.buffer, buffer)
		}
		return p, nil
	}
	n, err := elements(shape)
	if err != nil {
		return nil, errors.Wrapf(err, "parameter %s", name)
	}
	if len(shape) == 0 {
		return nil, errors.Errorf("parameter %s: no shape, expected at least one axis", name)
	}
	need := n * kindOf(s.dtype).size()
	if init != nil && !s.sketch {
		need += 8 * n // init's values
	}
	if err := machine.Fits("the shape "+shapeString(want), int64(need)); err != nil {
		return nil, errors.Wrapf(err, "parameter %s", name)
	}
	p := &Param{name: name, shape: want, buffer: buffer, mem: newBuf(kindOf(s.dtype), n)}
	if init != nil && !s.sketch {
		values := make([]float64, n)
		init(s.Random(name), want, values)
		p.mem.setFloat64s(values)
	}
	p.value = p.mem.dense(want)
	s.params = append(s.params, p)
	s.byName[name] = p
	return p, nil
}

// Random returns the source of the numbers that belong to name: what an Init is
// given.
func (s *Store) Random(name string) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed, nameKey(name)))
}

// nameKey turns a name into a number.
func nameKey(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// elements returns the product of the sizes, or an error where one is not
// positive or the product does not fit.
func elements(shape []int) (int, error) {
	n := 1
	for _, d := range shape {
		if d <= 0 {
			return 0, errors.Errorf("shape %v: size %d, expected a positive number", shape, d)
		}
		if n > (1<<40)/d {
			return 0, errors.Errorf("shape %v: more than 2^40 elements", shape)
		}
		n *= d
	}
	return n, nil
}
