package recurrent

import (
	"fmt"
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Opts are the settings of RNN, GRU and LSTM; the zero value is one layer in
// one direction.
type Opts struct {
	// Layers is how many layers are stacked, each reading the one below; 0
	// means 1.
	Layers int
	// Bidirectional adds to each layer one that runs from the end to the
	// beginning; their outputs are joined.
	Bidirectional bool
	// Dropout is the probability, in training, with which the elements between
	// two layers are dropped.
	Dropout float64
	NoBias  bool
	// Init is that of all parameters; nil means uniform in [−1/√H, 1/√H].
	Init graph.Init
}

// stack is what the three layers have in common: parameters named as in
// PyTorch, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l1, …,
// with _reverse behind those of the second direction.
type stack struct {
	name    string
	layers  [][]graph.RecurrentWeights // a layer, a direction
	between []*nn.Dropout              // behind each layer but the last
	apply   func(x *graph.Node, o graph.RecurrentOpts, w []graph.RecurrentWeights) (y, hn, cn *graph.Node)
}

func newStack(s graph.Scope, name string, gates, in, hidden int, o Opts) stack {
	init := o.Init
	if init == nil {
		bound := 1 / math.Sqrt(float64(hidden))
		init = nn.Uniform(-bound, bound)
	}
	directions := []string{""}
	if o.Bidirectional {
		directions = append(directions, "_reverse")
	}
	st := stack{name: name}
	for l := range max(1, o.Layers) {
		var layer []graph.RecurrentWeights
		for _, suffix := range directions {
			at := fmt.Sprintf("_l%d%s", l, suffix)
			w := graph.RecurrentWeights{
				IH: s.Param("weight_ih"+at, init, gates*hidden, in),
				HH: s.Param("weight_hh"+at, init, gates*hidden, hidden),
			}
			if !o.NoBias {
				w.BiasIH = s.Param("bias_ih"+at, init, gates*hidden)
				w.BiasHH = s.Param("bias_hh"+at, init, gates*hidden)
			}
			layer = append(layer, w)
		}
		st.layers = append(st.layers, layer)
		in = hidden * len(directions)
	}
	for l := range len(st.layers) - 1 {
		st.between = append(st.between, nn.NewDropout(s.At(fmt.Sprintf("dropout_l%d", l)), o.Dropout))
	}
	return st
}

// sequence runs the layers over x [T, N, in] from the states h0 and c0
// [layers·D, N, H], nil for 0, and returns the last ones in the same form.
func (st *stack) sequence(x, h0, c0, lengths *graph.Node) (y, hn, cn *graph.Node) {
	directions := len(st.layers[0])
	of := func(states *graph.Node, l int) *graph.Node {
		if states == nil {
			return nil
		}
		return states.Slice(0, l*directions, (l+1)*directions)
	}
	for _, s := range []*graph.Node{h0, c0} {
		if want := len(st.layers) * directions; s != nil && s.Gorgonia() != nil && (s.Rank() != 3 || s.Dim(0) != want) {
			dead := x.Fail(errors.Errorf("%s: first states %s, expected [%d, N, H]", st.name, s, want))
			return dead, dead, dead
		}
	}
	var hs, cs []*graph.Node
	y = x
	for l, w := range st.layers {
		var h, c *graph.Node
		y, h, c = st.apply(y, graph.RecurrentOpts{H0: of(h0, l), C0: of(c0, l), Lengths: lengths}, w)
		hs, cs = append(hs, h), append(cs, c)
		if l < len(st.between) {
			y = st.between[l].Forward(y)
		}
	}
	hn = graph.Concat(0, hs...)
	if cs[0] != nil {
		cn = graph.Concat(0, cs...)
	}
	return y, hn, cn
}

// step is sequence for one step of x [N, in].
func (st *stack) step(x, h0, c0 *graph.Node) (y, hn, cn *graph.Node) {
	if len(st.layers[0]) > 1 {
		dead := x.Fail(errors.Errorf("%s: Step of a bidirectional layer: its backward direction needs the whole sequence", st.name))
		return dead, dead, dead
	}
	if x.Gorgonia() != nil && x.Rank() != 2 {
		dead := x.Fail(errors.Errorf("%s: Step of %s, expected [N, in]", st.name, x))
		return dead, dead, dead
	}
	y, hn, cn = st.sequence(x.Reshape(1, x.Dim(0), x.Dim(-1)), h0, c0, nil)
	return y.Reshape(x.Dim(0), y.Dim(-1)), hn, cn
}
