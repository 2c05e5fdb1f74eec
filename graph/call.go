package graph

import "sync"

// goCall is a function in Go. Its operands are converted to float64, in memory
// that is kept from call to call.
type goCall struct {
	noGradient
	name string
	f    func(in [][]float64, out []float64) error
	free *sync.Pool // of *callMemory
}

type callMemory struct {
	in  [][]float64
	out []float64
}

func (k goCall) String() string { return k.name }

func (k goCall) describe() Description {
	return describe("Call", "function", k.name)
}

func (k goCall) compute(c *call) error {
	m, ok := k.free.Get().(*callMemory)
	if !ok {
		m = &callMemory{in: make([][]float64, len(c.in)), out: make([]float64, c.out.n)}
		for i, b := range c.in {
			m.in[i] = make([]float64, b.n)
		}
	}
	defer k.free.Put(m)
	for i, b := range c.in {
		switch b.kind {
		case kindF64:
			copy(m.in[i], sliceOf[float64](b))
		case kindInt:
			convert(m.in[i], sliceOf[int](b))
		default:
			convert(m.in[i], sliceOf[float32](b))
		}
	}
	clear(m.out)
	if err := k.f(m.in, m.out); err != nil {
		return err
	}
	c.out.setFloat64s(m.out)
	return nil
}

// Call returns the result, of the given shape, of a function in Go of the nodes'
// values: what is easier said by a loop than by operations, such as the choice
// of proposals. f gets the operands in row-major order and fills out, which is
// 0; it must be a function of them alone and keep none of the slices. The
// result counts as a constant in differentiation.
func Call(name string, f func(in [][]float64, out []float64) error, shape []int, nodes ...*Node) *Node {
	if len(nodes) == 0 {
		return nil
	}
	if !alive(name, nodes...) {
		return nodes[0].g.dead()
	}
	if f == nil || prod(shape) < 1 {
		return reject(name, nodes, "function for a result of shape %v, expected a function, sizes above 0", shape)
	}
	for _, n := range nodes {
		if _, ok := n.kind(); !ok {
			return reject(name, nodes, "expected numbers")
		}
	}
	k := kindOf(nodes[0].g.store.dtype)
	return nodes[0].g.apply(goCall{name: name, f: f, free: &sync.Pool{}}, k, shape, nodes...)
}
