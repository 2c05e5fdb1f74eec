package onnx

import (
	"math"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

func sqrt(v float64) float64 { return math.Sqrt(v) }

// hidden is a score that a softmax takes for −∞.
const hidden = -1e30

// bias is what is added to scores of attention: the mask, and −∞ for the
// future; nil where nothing is.
func (l *lower) bias(tq, tk int) (*graph.Node, bool) {
	causal := l.Int("is_causal", 0) != 0
	if v := l.maybe(3); v != nil && v.node != nil && v.host == nil {
		if causal || v.shape[len(v.shape)-1] != tk {
			l.skip("a computed mask beside a causal one")
			return nil, false
		}
		return l.x(3), true
	}
	var mask *Array
	if l.maybe(3) != nil {
		if mask = l.known(3); mask == nil {
			return nil, false
		}
	}
	if mask == nil && !causal {
		return nil, true
	}
	shape := []int{tq, tk}
	if mask != nil {
		if len(mask.Shape) < 2 || mask.Shape[len(mask.Shape)-1] != tk || mask.Shape[len(mask.Shape)-2] != tq {
			l.skip("a mask of fewer keys")
			return nil, false
		}
		shape = mask.Shape
	}
	sum := &Array{Type: onnxfile.Float32, Shape: shape, F: make([]float64, volume(shape))}
	for begin := 0; begin < len(sum.F); begin += tk {
		blind := true
		for j := range tk {
			i := begin + j
			if mask != nil {
				if mask.IsFloat() {
					sum.F[i] = max(mask.F[i], hidden)
				} else if mask.I[i] == 0 {
					sum.F[i] = hidden
				}
			}
			if causal && j > begin/tk%tq {
				sum.F[i] = hidden
			}
			blind = blind && sum.F[i] == hidden
		}
		if blind {
			l.skip("a query without keys")
			return nil, false
		}
	}
	n, err := l.b.leaf(&value{name: l.Outputs[0] + ".bias", dtype: onnxfile.Float32, shape: shape, dynamic: true}, sum)
	if err != nil {
		l.b.s.Fail(err)
		return nil, false
	}
	return n, true
}

// recurrent is a layer in the usual form: the usual activations, no peepholes,
// sequences of full length.
func recurrent(l *lower) []*graph.Node {
	gates, order := 1, []int{0} // of PyTorch's gates, which of ONNX's each is
	usual := []string{"tanh"}
	switch l.OpType {
	case "GRU":
		gates, order, usual = 3, []int{1, 0, 2}, []string{"sigmoid", "tanh"}
		if l.Int("linear_before_reset", 0) == 0 {
			return l.skip("a reset before the matrix product")
		}
	case "LSTM":
		gates, order, usual = 4, []int{0, 2, 3, 1}, []string{"sigmoid", "tanh", "tanh"}
	}
	x, w, r := l.x(0), l.x(1), l.x(2)
	if l.b.g.Err() != nil {
		return nil
	}
	if x.Rank() != 3 || w.Rank() != 3 || r.Rank() != 3 || l.Int("layout", 0) != 0 || l.Float("clip", 0) != 0 || l.Int("input_forget", 0) != 0 || l.maybe(7) != nil {
		return l.skip("an unusual form")
	}
	if a := l.Attribute("activations"); a != nil {
		for i, name := range a.Strings {
			if strings.ToLower(name) != usual[i%len(usual)] {
				return l.skip("other activations")
			}
		}
	}
	if l.maybe(4) != nil {
		a := l.known(4)
		if a == nil {
			return nil
		}
		for _, n := range a.I {
			if int(n) != x.Dim(0) {
				return l.skip("sequences of other lengths")
			}
		}
	}
	dirs, size := w.Dim(0), r.Dim(2)
	direction := l.Text("direction", "forward")
	if w.Dim(1) != gates*size {
		return l.skip("weights that do not fit")
	}
	back := make([]int, x.Dim(0))
	for i := range back {
		back[i] = x.Dim(0) - 1 - i
	}
	if direction == "reverse" {
		x = take(x, 0, back, []int{len(back)})
	}
	part := func(p *graph.Node, from int) *graph.Node { // gates in PyTorch's order
		var blocks []*graph.Node
		for _, g := range order {
			blocks = append(blocks, p.Slice(0, from+g*size, from+(g+1)*size))
		}
		return graph.Concat(0, blocks...)
	}
	var weights []graph.RecurrentWeights
	for d := range dirs {
		u := graph.RecurrentWeights{
			IH: part(w.Index(0, d), 0),
			HH: part(r.Index(0, d), 0),
		}
		if l.maybe(3) != nil {
			bias := l.x(3).Index(0, d)
			u.BiasIH, u.BiasHH = part(bias, 0), part(bias, gates*size)
		}
		weights = append(weights, u)
	}
	var o graph.RecurrentOpts
	if l.maybe(5) != nil {
		o.H0 = l.x(5)
	}
	if l.maybe(6) != nil {
		o.C0 = l.x(6)
	}
	var y, hn, cn *graph.Node
	switch l.OpType {
	case "LSTM":
		y, hn, cn = x.LSTM(o, weights...)
	case "GRU":
		y, hn = x.GRU(o, weights...)
	default:
		y, hn = x.RNN(o, weights...)
	}
	t, n := x.Dim(0), x.Dim(1)
	if direction == "reverse" {
		y = take(y, 0, back, []int{len(back)})
	}
	y = y.Reshape(t, n, dirs, size).Transpose(0, 2, 1, 3) // [T, D, N, H]
	if cn != nil {
		return []*graph.Node{y, hn, cn}
	}
	return slices.Clone([]*graph.Node{y, hn})
}
