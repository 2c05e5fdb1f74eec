//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// square is the places along a side of a tile of results.
const square = 4

// scheme is a form of Winograd's algorithm: F(4×4, 3×3) for a 3×3 kernel at
// stride 1, or F(4×4, 2×2) for one of up to 4×4 at stride 2. There the places of
// the operand are of four phases, even or odd along each axis, each of which meets
// every other weight of the kernel at stride 1.
type scheme struct {
	wide   bool // AVX-512, else AVX2 or NEON
	window int  // a tile's places of a phase along a side
	taps   int  // weights of a phase along a side
	step   int  // the stride
}

// schemeOf returns the scheme for a shape; false where there is none.
func schemeOf(s *Shape, level cpu.Set) (scheme, bool) {
	w := scheme{wide: level >= cpu.AVX512, window: square + 2, taps: 3, step: s.Stride[2]}
	if w.step == 2 {
		w.window, w.taps = square+1, 2
	}
	flat := s.Groups == 1 && s.In[0] == 1 && s.Kernel[0] == 1 && s.Stride[0] == 1 && s.PadStart[0]+s.PadEnd[0] == 0
	for axis := 1; axis < 3; axis++ {
		k := s.Kernel[axis]
		flat = flat && s.Dilation[axis] == 1 && s.Stride[axis] == w.step && s.PadStart[axis] < k &&
			(w.step == 1 && k == 3 || w.step == 2 && (k == 3 || k == 4))
	}
	return w, flat && min(s.C, s.K) >= winogradLeast
}

// lanes is the numbers of a vector.
func (w *scheme) lanes() int {
	if w.wide {
		return 16
	}
	return 8
}

// squares is the products of a tile and a phase.
func (w *scheme) squares() int { return w.window * w.window }

// phases is the phases of the operand.
func (w *scheme) phases() int { return w.step * w.step }

// reach is the places of the operand, of all phases, that a tile reads along a
// side.
func (w *scheme) reach() int { return w.step * w.window }

// cut copies chunks of six into lanes; quads tells that four lanes' chunks, at
// multiples of four, follow one another.
func (w *scheme) cut(t *chunkArgs, quads bool) {
	if w.wide {
		wideCutOf(t, quads)
	} else {
		tileCut(t)
	}
}

// weave copies chunks of four into lanes.
func (w *scheme) weave(t *chunkArgs) {
	if w.wide {
		wideWeave(t)
	} else {
		tileWeave(t)
	}
}

// join copies lanes to chunks of four, those of later lanes first; quads as for
// cut.
func (w *scheme) join(t *chunkArgs, quads bool) {
	if w.wide {
		wideJoinOf(t, quads)
	} else {
		tileJoin(t)
	}
}

// turn is a transform of both axes of a square.
type turn int

const (
	turnInput          turn = iota // a window of the operand
	turnWeight                     // the weights of a phase
	turnOutput                     // products to 4×4 results; bias and activation
	turnGradient                   // 4×4 gradients of results
	turnWeightGradient             // sums of products to gradients of weights
)

// do transforms t.n vectors.
func (w *scheme) do(which turn, t *turnArgs) {
	kernel := int(which)
	if w.taps == 2 {
		kernel += 5
	}
	if w.wide {
		wideTurn(t, kernel)
		return
	}
	switch kernel {
	case 0:
		tileInput(t)
	case 1:
		tileWeight(t)
	case 2:
		tileOutput(t)
	case 3:
		tileGradient(t)
	case 4:
		tileWeightGradient(t)
	case 5:
		tileInput5(t)
	case 6:
		tileWeight5(t)
	case 7:
		tileOutput5(t)
	case 8:
		tileGradient5(t)
	case 9:
		tileWeightGradient5(t)
	}
}
