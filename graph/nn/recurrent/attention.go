package recurrent

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Score is how well a query s [H] and a state a [G] match: e<t, t'>.
type Score int

const (
	// Additive is v · tanh(W_s·s + W_a·a + b). Source: arXiv:1409.0473.
	Additive Score = iota
	// Dot is s · a; H = G. Source: arXiv:1508.04025.
	Dot
	// General is s · W·a. Source: arXiv:1508.04025.
	General
	// ScaledDot is s · a / √H; H = G. Source: arXiv:1706.03762.
	ScaledDot
	// Concat is v · tanh(W·[s; a]). Source: arXiv:1508.04025.
	Concat
)

func (s Score) String() string {
	return [...]string{"additive", "dot", "general", "scaled dot", "concat"}[s]
}

// Attention reads a memory of states a<t'> by queries s<t>:
//
//	α<t, t'> = exp(e<t, t'>) / Σ_t'' exp(e<t, t''>)
//	c<t> = Σ_t' α<t, t'>·a<t'>
//
// Its parameters, where the score has them: W_s [K, H], W_a [K, G], b [K],
// v [K]; W [H, G]; W [K, H + G], v [K]. The cost grows as T_x·T_y.
//
// Source: cheatsheet §2.7.
type Attention struct {
	score           Score
	query, memory   int
	ws, wa, b, v, w *graph.Node
}

// Memory is what an attention reads.
type Memory struct {
	a    *graph.Node // [N, T, G]
	keys *graph.Node // [N, T, K], what of the score depends on a alone; nil where nothing
	mask *graph.Node // [N, T]; nil for 1
}

// NewMemory returns a memory whose keys are known: those of [Memory.Keys], which
// a decoder that runs step by step need not compute again.
func NewMemory(a, keys, mask *graph.Node) Memory { return Memory{a: a, keys: keys, mask: mask} }

// Keys returns what of the score depends on the memory alone [N, T, K]; nil
// where nothing does.
func (m Memory) Keys() *graph.Node { return m.keys }

// NewAttention makes an attention of queries [.., query] to a memory
// [.., memory]; width is K of the scores additive and concat. Parameters are
// named below s.
func NewAttention(s graph.Scope, score Score, query, memory, width int) *Attention {
	t := &Attention{score: score, query: query, memory: memory}
	switch score {
	case Additive:
		t.ws = s.Param("W_s", nn.FanInUniform, width, query)
		t.wa = s.Param("W_a", nn.FanInUniform, width, memory)
		t.b = s.Param("b", nn.Constant(0), width)
		t.v = s.Param("v", nn.FanInUniform, width)
	case General:
		t.w = s.Param("W", nn.XavierUniform, query, memory)
	case Concat:
		w := s.Param("W", nn.FanInUniform, width, query+memory)
		t.ws, t.wa = w.Slice(1, 0, query), w.Slice(1, query, query+memory)
		t.v = s.Param("v", nn.FanInUniform, width)
	}
	return t
}

// Remember returns the memory of the states a [N, T, G]. States whose mask
// [N, T] is 0 are not read; a nil mask is 1 everywhere.
func (t *Attention) Remember(a, mask *graph.Node) Memory {
	m := Memory{a: a, mask: mask}
	if a.Gorgonia() != nil && (a.Rank() != 3 || a.Dim(2) != t.memory) {
		m.a = a.Fail(errors.Errorf("attention: memory %s, expected [N, T, %d]", a, t.memory))
	}
	if t.wa != nil {
		m.keys = project(m.a, t.wa, t.b)
	}
	return m
}

// project returns x·Wᵀ + b of x [N, T, in].
func project(x, w, b *graph.Node) *graph.Node {
	return x.Reshape(-1, x.Dim(-1)).Linear(w, b).Reshape(x.Dim(0), x.Dim(1), w.Dim(0))
}

// Scores returns e [N, U, T] of the queries s [N, U, H].
func (t *Attention) Scores(s *graph.Node, m Memory) *graph.Node {
	if s.Gorgonia() != nil && (s.Rank() != 3 || s.Dim(2) != t.query) {
		return s.Fail(errors.Errorf("attention: queries %s, expected [N, U, %d]", s, t.query))
	}
	switch t.score {
	case General:
		s = s.Reshape(-1, t.query).MatMul(t.w).Reshape(s.Dim(0), s.Dim(1), t.memory)
		return s.MatMulT(m.a)
	case Dot:
		return s.MatMulT(m.a)
	case ScaledDot:
		return s.MatMulT(m.a).Scale(1 / math.Sqrt(float64(t.query)))
	}
	return project(s, t.ws, nil).AdditiveScore(m.keys, t.v)
}

// Weights returns the attention weights α [.., T] of scores e [N, U, T] or
// [N, T]. Where the mask [N, T] is 0 they are 0; they are all 0 where it is 0
// everywhere. A nil mask is 1.
func Weights(e, mask *graph.Node) *graph.Node {
	if mask == nil {
		return e.Softmax(-1)
	}
	return e.MaskedSoftmax(mask)
}

// Attend returns the contexts c [N, U, G] and attention weights α [N, U, T] of
// the queries s [N, U, H]. Of queries s [N·U, H], the U of each sample side by
// side, it returns [N·U, G] and [N·U, T].
func (t *Attention) Attend(s *graph.Node, m Memory) (context, alpha *graph.Node) {
	if s.Rank() == 2 {
		context, alpha = t.Attend(s.Reshape(m.a.Dim(0), -1, s.Dim(1)), m)
		return context.Reshape(s.Dim(0), -1), alpha.Reshape(s.Dim(0), -1)
	}
	alpha = Weights(t.Scores(s, m), m.mask)
	return alpha.MatMul(m.a), alpha
}
