package graph_test

import (
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/pkg/errors"
)

// halves is a function of two operands of different kinds.
func halves(in [][]float64, out []float64) error {
	if in[1][0] < 0 {
		return errors.Errorf("row %g", in[1][0])
	}
	for i := range out {
		out[i] = in[0][i] / 2 * in[1][0]
	}
	return nil
}

func TestCall(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		g := graph.New(graph.NewStore(dtype, 1), graph.Train)
		x, ids := g.Input("x", 3).RequireGrad(), g.InputInts("ids", 1)
		y := graph.Call("Halves", halves, []int{3}, x, ids)
		prog := compiled(t, g, y.Mul(x).Sum(), y)
		if err := prog.Run(x.FeedFloat64s([]float64{2, 4, 6}), ids.FeedInts([]int{3})); err != nil {
			t.Fatal(err)
		}
		want := []float64{3, 6, 9}
		if got := prog.Values(y); !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", dtype, got, want)
		}
		// y counts as a constant: d(y·x)/dx = y
		if got := prog.Gradient(x); !slices.Equal(got, want) {
			t.Errorf("%v: gradient %v, want %v", dtype, got, want)
		}
		err := prog.Run(ids.FeedInts([]int{-1}))
		if err == nil || !strings.Contains(err.Error(), "Halves") || !strings.Contains(err.Error(), "row -1") {
			t.Errorf("error %v, want the operation's name with what the function says", err)
		}
	}
}

func TestCall_allocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x, ids := g.Input("x", 3), g.InputInts("ids", 1)
	prog := compiled(t, g, nil, graph.Call("Halves", halves, []int{3}, x, ids))
	feeds := []graph.Feed{x.Feed([]float32{1, 2, 3}), ids.FeedInts([]int{1})}
	if n := testing.AllocsPerRun(20, func() { _ = prog.Run(feeds...) }); n > 0 {
		t.Errorf("%v allocations a run", n)
	}
}

func TestRoIPool_badRegions(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	x, rois := g.Input("x", 2, 1, 3, 3), g.Input("rois", 2, 5)
	prog := compiled(t, g, nil, x.RoIPool(rois, 1, 1, 1))
	for _, bad := range [][]float64{{2, 0, 0, 1, 1}, {-1, 0, 0, 1, 1}, {0.5, 0, 0, 1, 1}, {math.NaN(), 0, 0, 1, 1}, {0, math.NaN(), 0, 1, 1}, {0, 0, 0, math.Inf(1), 1}} {
		err := prog.Run(x.FeedFloat64s(make([]float64, 18)), rois.FeedFloat64s(slices.Concat(make([]float64, 5), bad)))
		if err == nil || !strings.Contains(err.Error(), "RoIPool") || !strings.Contains(err.Error(), "region 1 is") {
			t.Errorf("%v: error %v, want one that names region 1", bad, err)
		}
	}
	if err := prog.Run(x.FeedFloat64s(make([]float64, 18)), rois.FeedFloat64s([]float64{0, -1e300, 0, 1e300, 1, 1, 5, 5, 2, 2})); err != nil {
		t.Errorf("far corners: %v", err)
	}
}
