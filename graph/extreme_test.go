package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

var (
	inf     = math.Inf(1)
	notANum = math.NaN()
)

// extremes are numbers at which subtraction, squares and exponentials lose what
// matters.
var extremes = []float64{0, 1, -1, 0.5, 2, 1e-8, 1e8, -1e8, 1e30, -1e30, inf, -inf, notANum}

// ofExtremes makes the parameters a and b [n], whose rows are all pairs of
// extremes.
func ofExtremes(g *graph.Graph) (a, b *graph.Node, pairs [][2]float64) {
	for _, x := range extremes {
		for _, y := range extremes {
			pairs = append(pairs, [2]float64{x, y})
		}
	}
	leaf := func(name string, i int) *graph.Node {
		values := make([]float64, len(pairs))
		for k, p := range pairs {
			values[k] = p[i]
		}
		return constantParam(g, name, values)
	}
	return leaf("a", 0), leaf("b", 1), pairs
}

// constantParam makes the parameter [n] with the given values.
func constantParam(g *graph.Graph, name string, values []float64) *graph.Node {
	return g.Scope().Param(name, func(_ *rand.Rand, _ []int, to []float64) { copy(to, values) }, len(values))
}

// sameNumber reports whether got is want, of the store's precision.
func sameNumber(dtype graph.DType, got, want float64) bool {
	tol, absolute := 1e-14, 1e-16
	if dtype == graph.Float32 {
		tol, absolute = 3e-7, 6e-8 // 1 − y of a sigmoid near 1 is rounded
		want = float64(float32(want))
	}
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= absolute+tol*math.Abs(want)
}

// TestExtremes_binary: value and gradients of the operations on two numbers at
// all pairs of extremes, against the definition that NumPy and PyTorch share.
func TestExtremes_binary(t *testing.T) {
	side := func(a, b float64) (da, db float64) { // PyTorch's of a maximum
		switch {
		case a == b:
			return 0.5, 0.5
		case a < b:
			return 0, 1
		case a > b:
			return 1, 0
		}
		return 1, 1
	}
	powers := func(a, b float64) (da, db float64) {
		if b != 0 {
			da = b * math.Pow(a, b-1)
		}
		if a != 0 || !(b >= 0) {
			db = math.Pow(a, b) * math.Log(a)
		}
		return da, db
	}
	for name, op := range map[string]struct {
		node  func(a, b *graph.Node) *graph.Node
		value func(a, b float64) float64
		slope func(a, b float64) (da, db float64)
	}{
		"maximum": {(*graph.Node).Maximum, func(a, b float64) float64 { return max(a, b) }, side},
		"minimum": {(*graph.Node).Minimum, func(a, b float64) float64 { return min(a, b) }, func(a, b float64) (da, db float64) {
			return side(-a, -b)
		}},
		"pow": {(*graph.Node).Pow, math.Pow, powers},
		"where": {func(a, b *graph.Node) *graph.Node { return graph.Where(a.Gt(b), a, b) }, func(a, b float64) float64 {
			if a > b {
				return a
			}
			return b
		}, func(a, b float64) (da, db float64) {
			if a > b {
				return 1, 0
			}
			return 0, 1
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bothTypes(t, func(t *testing.T, dtype graph.DType) {
				g := graph.New(graph.NewStore(dtype, 1), graph.Train)
				a, b, pairs := ofExtremes(g)
				y := op.node(a, b)
				prog := compiled(t, g, y.Sum(), y)
				ran(t, prog)
				values, da, db := prog.Values(y), prog.Gradient(a), prog.Gradient(b)
				for i, p := range pairs {
					if dtype == graph.Float32 {
						p = [2]float64{float64(float32(p[0])), float64(float32(p[1]))}
					}
					wantA, wantB := op.slope(p[0], p[1])
					if dtype == graph.Float32 && name == "pow" {
						// each factor is rounded to float32, where it may leave the range
						wantA, wantB = single(p[1]*single(math.Pow(p[0], single(p[1]-1)))), single(single(math.Pow(p[0], p[1]))*math.Log(p[0]))
						if p[1] == 0 {
							wantA = 0
						}
						if p[0] == 0 && p[1] >= 0 {
							wantB = 0
						}
					}
					for _, c := range []struct {
						what      string
						got, want float64
					}{{"value", values[i], op.value(p[0], p[1])}, {"gradient of a", da[i], wantA}, {"gradient of b", db[i], wantB}} {
						if !sameNumber(dtype, c.got, c.want) {
							t.Errorf("%v: %s %v, want %v", p, c.what, c.got, c.want)
						}
					}
				}
			})
		})
	}
}

func single(v float64) float64 { return float64(float32(v)) }

func TestExtremes_comparisons(t *testing.T) {
	ops := map[string]struct {
		node  func(a, b *graph.Node) *graph.Node
		holds func(a, b float64) bool
	}{
		"eq": {(*graph.Node).Eq, func(a, b float64) bool { return a == b }},
		"ne": {(*graph.Node).Ne, func(a, b float64) bool { return a != b }},
		"lt": {(*graph.Node).Lt, func(a, b float64) bool { return a < b }},
		"le": {(*graph.Node).Le, func(a, b float64) bool { return a <= b }},
		"gt": {(*graph.Node).Gt, func(a, b float64) bool { return a > b }},
		"ge": {(*graph.Node).Ge, func(a, b float64) bool { return a >= b }},
	}
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		for name, op := range ops {
			g := graph.New(graph.NewStore(dtype, 1), graph.Train)
			a, b, pairs := ofExtremes(g)
			c := g.Constant([]float64{1})
			y, left, right := op.node(a, b), op.node(a, c), op.node(c, a)
			prog := compiled(t, g, y.Add(left).Add(right).Sum(), y, left, right)
			if len(prog.Unreached()) != 2 {
				t.Errorf("%s: unreached %v, want a and b: a mask has no gradient", name, prog.Unreached())
			}
			ran(t, prog)
			for i, p := range pairs {
				for k, want := range []bool{op.holds(p[0], p[1]), op.holds(p[0], 1), op.holds(1, p[0])} {
					if got := prog.Values([]*graph.Node{y, left, right}[k])[i]; got != positive(map[bool]float64{true: 1}[want]) {
						t.Errorf("%s %v, form %d: %v, want %v", name, p, k, got, want)
					}
				}
			}
		}
	})
}

// TestComparisons_ints: integers that float32 cannot tell apart.
func TestComparisons_ints(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	a, b := g.InputInts("a", 2, 2), g.InputInts("b", 1, 2)
	fetch := []*graph.Node{a.Eq(b), a.Ne(b), a.Lt(b), a.Le(b), a.Gt(b), a.Ge(b)}
	prog, err := g.Compile(nil, fetch...)
	if err != nil {
		t.Fatal(err)
	}
	ran(t, prog, a.FeedInts([]int{1 << 30, 1<<30 + 1, -1, 0}), b.FeedInts([]int{1<<30 + 1, 1<<30 + 1}))
	for i, want := range []string{"[0 1 0 0]", "[1 0 1 1]", "[1 0 1 1]", "[1 1 1 1]", "[0 0 0 0]", "[0 1 0 0]"} {
		if got := fmt.Sprint(prog.Values(fetch[i])); got != want {
			t.Errorf("%s: %s, want %s", fetch[i], got, want)
		}
	}
}

func TestExtremes_unary(t *testing.T) {
	for name, op := range map[string]struct {
		node         func(x *graph.Node) *graph.Node
		value, slope func(x float64) float64
	}{
		"abs": {(*graph.Node).Abs, math.Abs, func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return x
		}},
		"clamp": {func(x *graph.Node) *graph.Node { return x.Clamp(-1, 1e8) }, func(x float64) float64 { return min(max(x, -1), 1e8) }, func(x float64) float64 {
			return positive(map[bool]float64{true: 1}[x >= -1 && x <= 1e8])
		}},
		"clamp below": {func(x *graph.Node) *graph.Node { return x.Clamp(0, inf) }, func(x float64) float64 { return max(x, 0) }, func(x float64) float64 {
			return positive(map[bool]float64{true: 1}[x >= 0])
		}},
		"exp":         {(*graph.Node).Exp, math.Exp, math.Exp},
		"sigmoid":     {(*graph.Node).Sigmoid, logistic, func(x float64) float64 { return logistic(x) * logistic(-x) }},
		"tanh":        {(*graph.Node).Tanh, math.Tanh, func(x float64) float64 { return 1 / (math.Cosh(x) * math.Cosh(x)) }},
		"relu":        {(*graph.Node).ReLU, func(x float64) float64 { return max(x, 0) }, positive},
		"softplus":    {(*graph.Node).Softplus, softplus, logistic},
		"log sigmoid": {(*graph.Node).LogSigmoid, func(x float64) float64 { return -softplus(-x) }, func(x float64) float64 { return logistic(-x) }},
		"gelu": {(*graph.Node).GELU, func(x float64) float64 { return max(x, -40) * normal(x) }, func(x float64) float64 {
			return normal(x) + min(max(x, -40), 40)*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		}},
		"elu": {func(n *graph.Node) *graph.Node { return n.ELU(1) }, func(x float64) float64 { return max(x, 0) + math.Expm1(min(x, 0)) }, func(x float64) float64 { return math.Exp(min(x, 0)) }},
		"square root as a power": {func(x *graph.Node) *graph.Node { return x.PowScalar(0.5) },
			func(x float64) float64 { return math.Pow(x, 0.5) }, func(x float64) float64 { return 0.5 * math.Pow(x, -0.5) }},
		"power 0": {func(x *graph.Node) *graph.Node { return x.PowScalar(0) }, func(float64) float64 { return 1 }, func(float64) float64 { return 0 }},
		"power 1": {func(x *graph.Node) *graph.Node { return x.PowScalar(1) }, func(x float64) float64 { return x }, func(float64) float64 { return 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			bothTypes(t, func(t *testing.T, dtype graph.DType) {
				g := graph.New(graph.NewStore(dtype, 1), graph.Train)
				x := constantParam(g, "x", extremes)
				y := op.node(x)
				prog := compiled(t, g, y.Sum(), y)
				ran(t, prog)
				values, dx := prog.Values(y), prog.Gradient(x)
				for i, v := range extremes {
					if dtype == graph.Float32 {
						v = single(v)
					}
					if !sameNumber(dtype, values[i], op.value(v)) || !sameNumber(dtype, dx[i], op.slope(v)) {
						t.Errorf("%v: value %v, gradient %v, want %v, %v", v, values[i], dx[i], op.value(v), op.slope(v))
					}
				}
			})
		})
	}
}

func TestSign(t *testing.T) {
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		g := graph.New(graph.NewStore(dtype, 1), graph.Eval)
		y := constantParam(g, "x", extremes).Sign()
		prog := compiled(t, g, nil, y)
		ran(t, prog)
		if got, want := fmt.Sprint(prog.Values(y)), "[0 1 -1 1 1 1 1 -1 1 -1 1 -1 NaN]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestWhere_gradient: what is not taken spoils nothing, though its own gradient
// is infinite, as PyTorch's where does for its operands.
func TestWhere_gradient(t *testing.T) {
	bothTypes(t, func(t *testing.T, dtype graph.DType) {
		g := graph.New(graph.NewStore(dtype, 1), graph.Train)
		x := constantParam(g, "x", []float64{-4, 0, 4})
		zero := g.Constant([]float64{0}, 1)
		above := x.Gt(zero)
		y := graph.Where(above, graph.Where(above, x, g.Constant([]float64{1}, 1)).Sqrt(), zero)
		prog := compiled(t, g, y.Sum(), y)
		ran(t, prog)
		if got, want := fmt.Sprint(prog.Values(y), prog.Gradient(x)), "[0 0 2] [0 0 0.25]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestElementwise_allocation: no step allocates, also where operands are repeated.
func TestElementwise_allocation(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Scope().Param("x", graph.Constant(2), 8, 5)
	row, column := g.Scope().Param("row", graph.Constant(1), 1, 5), g.Scope().Param("column", graph.Constant(3), 8, 1)
	ids := g.InputInts("ids", 1, 5)
	y := graph.Where(x.Gt(row), x.Pow(column), row.Maximum(column)).Minimum(x.PowScalar(1.5)).Clamp(0, inf)
	y = y.Mul(ids.Eq(ids)).Mul(x.Sign())
	prog := compiled(t, g, y.Sum())
	feed := ids.FeedInts(make([]int, 5))
	ran(t, prog, feed)
	if n := testing.AllocsPerRun(20, func() { _ = prog.Run(feed) }); n > 0 {
		t.Errorf("%v allocations a run", n)
	}
}
