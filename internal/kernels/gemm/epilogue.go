package gemm

import "github.com/hocsau/hocsau/internal/kernels/vec"

// Activation is a function applied to each element of a result.
type Activation int

const (
	// Identity leaves z as it is.
	Identity Activation = iota
	// ReLU is max(0, z).
	ReLU
	// LeakyReLU is z for z > 0, else slope·z.
	LeakyReLU
	// Tanh is the hyperbolic tangent.
	Tanh
	// Sigmoid is 1 / (1 + e^−z).
	Sigmoid
)

// Epilogue is what happens to a result before it is stored for good.
type Epilogue[T Float] struct {
	Bias     []T  // nil for none; [n], or [m] with BiasRows
	BiasRows bool // the bias belongs to the rows of C, not to its columns
	Act      Activation
	Slope    T // of LeakyReLU
}

// apply adds the bias to C [m, n], whose corner is element (row, col) of the
// whole result, and applies the activation.
func (e *Epilogue[T]) apply(m, n int, c []T, ldc, row, col int) {
	if e.Bias == nil && e.Act == Identity {
		return
	}
	for i := range m {
		line := c[i*ldc:][:n]
		switch {
		case e.Bias == nil:
		case e.BiasRows:
			bias := e.Bias[row+i]
			for j := range line {
				line[j] += bias
			}
		default:
			bias := e.Bias[col:][:n]
			for j, b := range bias {
				line[j] += b
			}
		}
		Activate(e.Act, e.Slope, line)
	}
}

// Activate replaces each z in x by act(z), on the caller's thread.
func Activate[T Float](act Activation, slope T, x []T) {
	switch act {
	case ReLU:
		vec.Map(nil, vec.ReLU, x, x, 0)
	case LeakyReLU:
		vec.Map(nil, vec.LeakyReLU, x, x, slope)
	case Tanh:
		vec.Map(nil, vec.Tanh, x, x, 0)
	case Sigmoid:
		vec.Map(nil, vec.Sigmoid, x, x, 0)
	}
}
