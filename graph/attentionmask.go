package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// lengthMask is 1 where the position is below the row's length, else 0.
type lengthMask struct {
	noGradient
	rows, steps int
	timeFirst   bool
}

func (k lengthMask) String() string { return "LengthMask" }

func (k lengthMask) describe() Description {
	return describe("LengthMask", "steps", k.steps, "time_first", k.timeFirst)
}

func (k lengthMask) compute(c *call) error {
	if err := inRange("length", c.ints(0), k.steps+1); err != nil {
		return err
	}
	if c.double() {
		maskLengths[float64](k, c)
	} else {
		maskLengths[float32](k, c)
	}
	return nil
}

func maskLengths[T vec.Float](k lengthMask, c *call) {
	mask, row, step := output[T](c), k.steps, 1
	if k.timeFirst {
		row, step = 1, k.rows
	}
	clear(mask)
	for n, length := range c.ints(0) {
		for t := range length {
			mask[n*row+t*step] = 1
		}
	}
}

// LengthMask returns, for integer lengths n [N] from 0 to steps, the mask
// [N, steps] that is 1 before the end of each sequence and 0 from it on. A
// length out of range fails the run.
func (n *Node) LengthMask(steps int) *Node { return n.lengthMask(steps, false) }

// LengthMaskByTime is [Node.LengthMask] with time first: [steps, N].
func (n *Node) LengthMaskByTime(steps int) *Node { return n.lengthMask(steps, true) }

func (n *Node) lengthMask(steps int, timeFirst bool) *Node {
	in := []*Node{n}
	if !alive("LengthMask", in...) {
		return n.g.dead()
	}
	if k, ok := n.kind(); !ok || k != kindInt || n.Rank() != 1 {
		return reject("LengthMask", in, "expected integer lengths [N]; InputInts makes them")
	}
	rows := n.shape()[0]
	shape := []int{rows, steps}
	if timeFirst {
		shape = []int{steps, rows}
	}
	return n.g.apply(lengthMask{rows: rows, steps: steps, timeFirst: timeFirst}, kindOf(n.g.store.dtype), shape, n)
}

// zeros is 0 everywhere, whatever its input.
type zeros struct{ noGradient }

func (zeros) String() string { return "Zeros" }

func (zeros) describe() Description {
	return describe("Zeros")
}

func (zeros) compute(c *call) error {
	c.out.zero()
	return nil
}

// Zeros returns a constant of that shape with n's number type whose elements
// are 0, such as the first state of a recurrent cell.
func (n *Node) Zeros(shape ...int) *Node {
	if !alive("Zeros", n) {
		return n.g.dead()
	}
	return n.g.apply(zeros{}, n.numberKind(), shape, n)
}
