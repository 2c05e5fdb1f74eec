package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

// told writes a computation, one operation a line.
func told(c graph.Computation) string {
	var b strings.Builder
	for _, o := range c.Operations {
		b.WriteString(o.Name)
		for _, a := range o.Attributes {
			fmt.Fprintf(&b, " %s=%v", a.Name, a.Value)
		}
		b.WriteString(":")
		for _, v := range o.Inputs {
			fmt.Fprintf(&b, " %s%v", v.Name, v.Shape)
		}
		b.WriteString(" →")
		for _, v := range o.Outputs {
			fmt.Fprintf(&b, " %s%v", v.Name, v.Shape)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDescribe_saysWhatTheUserGave(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	s := g.Scope()
	zero := graph.Constant(0)
	x := g.Input("x", 2, 4, 9, 9)
	y := x.Conv(s.Param("w", zero, 6, 2, 3, 3), nil, graph.ConvOpts{Stride: []int{2, 1}, Pad: [][2]int{{1, 0}}, Groups: 2})
	stat := func(name string) *graph.Node { return s.Buffer(name, zero, 6) }
	y = y.BatchNormWith(stat("mean"), stat("var"), s.Param("gamma", zero, 6), s.Param("beta", zero, 6), 1e-3)
	y = y.LeakyReLU(0.1).MaxPool(graph.PoolOpts{Kernel: []int{3}, Stride: []int{2}, Ceil: true}).Mean(2, 3).Slice(0, 1, 2).Softmax(-1)
	c, err := g.Describe(y)
	if err != nil {
		t.Fatal(err)
	}
	const want = `Conv kernel=[3 3] stride=[2 1] dilation=[1 1] pad=[[1 0] [1 0]] groups=2: x[2 4 9 9] w[6 2 3 3] → [2 6 4 8]
BatchNorm epsilon=0.001 batch_statistics=false: [2 6 4 8] mean[6] var[6] gamma[6] beta[6] → [2 6 4 8]
LeakyReLU alpha=0.1: [2 6 4 8] → [2 6 4 8]
MaxPool kernel=[3 3] stride=[2 2] pad=[[0 0] [0 0]] ceil=true: [2 6 4 8] → [2 6 2 4]
ReduceMean axes=[2 3]: [2 6 2 4] → [2 6]
Slice axis=0 start=1 end=2: [2 6] → [1 6]
Softmax axis=1: [1 6] → [1 6]
`
	if got := told(c); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var roles []graph.Role
	for _, l := range c.Leaves {
		roles = append(roles, l.Role)
	}
	if want := []graph.Role{graph.Fed, graph.Parameter, graph.Buffer, graph.Buffer, graph.Parameter, graph.Parameter}; !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
}

func TestDescribe_severalResults(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	s := g.Scope()
	zero := graph.Constant(0)
	x := g.Input("x", 5, 2, 3)
	w := graph.RecurrentWeights{IH: s.Param("ih", zero, 16, 3), HH: s.Param("hh", zero, 16, 4)}
	y, _, cn := x.LSTM(graph.RecurrentOpts{}, w)
	c, err := g.Describe(y, cn)
	if err != nil {
		t.Fatal(err)
	}
	const want = "LSTM hidden=4 directions=1 bias=false first_state=false first_cell=false lengths=false: x[5 2 3] ih[16 3] hh[16 4] → LSTM[5 2 4] LSTM last cell state[1 2 4]\n"
	if got := told(c); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := g.Describe(graph.New(g.Store(), graph.Eval).Input("other", 1)); err == nil {
		t.Error("a node of another graph: no error")
	}
}
