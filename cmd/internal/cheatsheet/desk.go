package cheatsheet

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
)

// desk is where a worked number is computed: a graph in float64 with what it is
// fed.
type desk struct {
	g     *graph.Graph
	feeds []graph.Feed
	err   error
}

func newDesk() *desk {
	return &desk{g: graph.New(graph.NewStore(graph.Float64, 1), graph.Train)}
}

// input returns a node of those elements; without a shape a list.
func (d *desk) input(name string, values []float64, shape ...int) *graph.Node {
	if shape == nil {
		shape = []int{len(values)}
	}
	n := d.g.Input(name, shape...)
	d.feeds = append(d.feeds, n.FeedFloat64s(values))
	return n
}

// ints returns a node of those integers.
func (d *desk) ints(name string, values []int, shape ...int) *graph.Node {
	if shape == nil {
		shape = []int{len(values)}
	}
	n := d.g.InputInts(name, shape...)
	d.feeds = append(d.feeds, n.FeedInts(values))
	return n
}

// param returns a parameter of those elements; without a shape a list.
func (d *desk) param(name string, values []float64, shape ...int) *graph.Node {
	if shape == nil {
		shape = []int{len(values)}
	}
	given := func(_ *rand.Rand, _ []int, v []float64) { copy(v, values) }
	return d.g.Scope().Param(name, given, shape...)
}

// set gives all elements of a layer's parameter.
func (d *desk) set(name string, values ...float64) {
	if d.g.Err() != nil || d.err != nil {
		return
	}
	d.err = d.g.Store().Param(name).SetValues(values)
}

// compute returns the elements of the nodes.
func (d *desk) compute(nodes ...*graph.Node) ([][]float64, error) {
	return d.computeLoss(nil, nodes...)
}

// computeLoss returns the elements of the nodes after a step with that loss.
func (d *desk) computeLoss(loss *graph.Node, nodes ...*graph.Node) ([][]float64, error) {
	prog, err := d.program(loss, nodes...)
	if err != nil {
		return nil, err
	}
	values := make([][]float64, len(nodes))
	for i, n := range nodes {
		values[i] = prog.Values(n)
	}
	return values, prog.Close()
}

// program returns the program, which has run once.
func (d *desk) program(loss *graph.Node, nodes ...*graph.Node) (*graph.Program, error) {
	if d.err != nil {
		return nil, d.err
	}
	prog, err := d.g.Compile(loss, nodes...)
	if err != nil {
		return nil, err
	}
	return prog, prog.Run(d.feeds...)
}

// measured is what a model makes of an input, without computing it.
type measured struct {
	out        []int
	parameters int
}

// measure builds a model for evaluation and says how large it is.
func measure(build func(g *graph.Graph) *graph.Node) (measured, error) {
	store := graph.NewStore(graph.Float32, 1)
	store.Sketch()
	g := graph.New(store, graph.Eval)
	y := build(g)
	if err := g.Err(); err != nil {
		return measured{}, err
	}
	return measured{y.Shape(), run.Parameters(store)}, nil
}

// num writes a number with four digits.
func num(v float64) string {
	if math.Abs(v) < 1e-12 {
		v = 0 // what rounding left
	}
	return strings.ReplaceAll(strconv.FormatFloat(v, 'g', 4, 64), "-", "−")
}

// nums writes numbers with commas between them.
func nums(values ...float64) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = num(v)
	}
	return strings.Join(words, ", ")
}

// shape writes a shape as in [1, 3, 64, 64].
func shape(dims []int) string { return "[" + strings.Join(ints(dims), ", ") + "]" }

// ints writes each integer.
func ints(values []int) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = strconv.Itoa(v)
	}
	return words
}
