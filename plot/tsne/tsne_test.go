package tsne

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/golden"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReference(t *testing.T) {
	golden.Run(t, "plot/tsne", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "tsne_p":
			x := c.Tensor("input.X")
			p, beta, err := Affinities(x.F64, x.Shape[1], c.Params.Float("perplexity"))
			if err != nil {
				t.Fatal(err)
			}
			joint, err := Joint(p)
			if err != nil {
				t.Fatal(err)
			}
			n := x.Shape[0]
			c.Check("output.conditional_p", p, []int{n, n})
			c.Check("output.beta", beta, []int{n})
			c.Check("output.joint_p", joint, []int{n, n})
			c.Check("output.sklearn_joint_p", joint, []int{n, n})
		case "tsne_kl":
			kl, q, gradient, err := KL(c.Tensor("input.P").F64, c.Tensor("input.Y").F64)
			if err != nil {
				t.Fatal(err)
			}
			n := len(gradient) / 2
			c.Check("output.kl", []float64{kl}, nil)
			c.Check("output.Q", q, []int{n, n})
			c.Check("grad.Y", gradient, []int{n, 2})
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

// clusters draws n points around three far places.
func clusters(n, dim int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n*dim)
	for i := range x {
		x[i] = r.NormFloat64()
		if i%dim == i/dim%3 {
			x[i] += 15
		}
	}
	return x
}

// together is the share of points whose nearest point on the plane is of the same cluster.
func together(y []float64) float64 {
	n, right := len(y)/2, 0
	for i := range n {
		best, at := 0.0, 0
		for j := range n {
			if w := near(y, i, j); j != i && w > best {
				best, at = w, j
			}
		}
		if at%3 == i%3 {
			right++
		}
	}
	return float64(right) / float64(n)
}

func TestEmbed_keepsClusters(t *testing.T) {
	const n, dim = 150, 10
	x := clusters(n, dim)
	for name, o := range map[string]Options{
		"exact":      {Exact: true, Perplexity: 15, Steps: 300, EarlySteps: 100},
		"barnes-hut": {Perplexity: 15, Steps: 300, EarlySteps: 100},
	} {
		var seen []float64
		o.Progress = func(step, steps int, kl float64) {
			if step != 10*(len(seen)+1) || steps != 300 {
				t.Errorf("%s: step %d of %d", name, step, steps)
			}
			seen = append(seen, kl)
		}
		y, err := Embed(t.Context(), x, dim, o)
		if err != nil {
			t.Fatal(err)
		}
		if s := together(y); s != 1 {
			t.Errorf("%s: %.2f of the points lie beside one of their cluster, want all", name, s)
		}
		if len(seen) != 30 || !(seen[29] < 0.5*seen[0]) || !(seen[29] > 0) {
			t.Errorf("%s: divergences %v", name, seen)
		}
		if o.Exact {
			p, _, err := Affinities(scaled(x, dim), dim, 15)
			if err != nil {
				t.Fatal(err)
			}
			if p, err = Joint(p); err != nil {
				t.Fatal(err)
			}
			// The divergence that was told is that of the plane one step before the end.
			if kl, _, _, err := KL(p, y); err != nil || math.Abs(kl-seen[29]) > 0.01*kl {
				t.Errorf("KL %v, %v, told %v", kl, err, seen[29])
			}
		}
	}
}

func TestEmbed_sameWhateverTheThreads(t *testing.T) {
	x := clusters(300, 5)
	for _, exact := range []bool{true, false} {
		var want []float64
		for _, threads := range []int{1, 2, 5} {
			y, err := Embed(t.Context(), x, 5, Options{Exact: exact, Threads: threads, Steps: 30, EarlySteps: 10})
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = y
			} else if !slices.Equal(want, y) {
				t.Errorf("exact %t: %d threads give another plane", exact, threads)
			}
		}
	}
}

// planes for the tree: with equal points, and points on a line.
func planes() *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		number := rapid.SampledFrom([]float64{-1, 0, 0.5, 2, 1e-9, 3.25})
		if rapid.Bool().Draw(t, "smooth") {
			number = rapid.Float64Range(-10, 10)
		}
		n := rapid.IntRange(2, 40).Draw(t, "n")
		return rapid.SliceOfN(number, 2*n, 2*n).Draw(t, "y")
	})
}

// With theta near 0 no cell counts as one point, so that the tree gives the exact sums.
func TestTree_smallThetaIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := planes().Draw(t, "plane")
		var tr tree
		tr.build(y)
		if n := len(y) / 2; tr.cells[0].count != float64(n) {
			t.Fatalf("%v points in the tree, want %d", tr.cells[0].count, n)
		}
		var stack []int32
		for i := range len(y) / 2 {
			var fx, fy, z, wx, wy, wz float64
			fx, fy, z, stack = tr.repulsion(i, 1e-9, stack)
			for j := range len(y) / 2 {
				if j == i {
					continue
				}
				w := near(y, i, j)
				wz += w
				wx += w * w * (y[2*i] - y[2*j])
				wy += w * w * (y[2*i+1] - y[2*j+1])
			}
			if math.Abs(z-wz) > 1e-9*(1+wz) || math.Abs(fx-wx) > 1e-9 || math.Abs(fy-wy) > 1e-9 {
				t.Fatalf("point %d: (%v, %v), z %v, want (%v, %v), %v", i, fx, fy, z, wx, wy, wz)
			}
		}
	})
}

func TestTree_thetaHalfIsClose(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	y := make([]float64, 2000)
	for i := range y {
		y[i] = 10 * r.NormFloat64()
	}
	var tr tree
	tr.build(y)
	d := &descent{n: 1000, y: y, full: make([]float64, 1000*1000)}
	errSum, sum := 0.0, 0.0
	for i := range 1000 {
		fx, fy, z, _ := tr.repulsion(i, 0.5, nil)
		e := d.exact(i, false)
		errSum += math.Hypot(fx-e.rx, fy-e.ry)
		sum += math.Hypot(e.rx, e.ry)
		if math.Abs(z-e.z) > 0.1*e.z {
			t.Errorf("point %d: z %v, want %v", i, z, e.z)
		}
	}
	if errSum > 0.05*sum { // van der Maaten 2014 has a few per cent at 0.5
		t.Errorf("repulsion off by %.3f of its size", errSum/sum)
	}
}

func TestNearest_equalsSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim, n := rapid.IntRange(1, 6).Draw(t, "dim"), rapid.IntRange(2, 200).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x := make([]float64, n*dim)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		k := rapid.IntRange(1, n-1).Draw(t, "k")
		out := make([]neighbor, n*k)
		nearest(x, dim, k, 2, out)
		for i := range n {
			var want, got []float64
			for j := range n {
				if j != i {
					want = append(want, squaredDistance(x[i*dim:(i+1)*dim], x[j*dim:(j+1)*dim]))
				}
			}
			for _, v := range out[i*k : (i+1)*k] {
				got = append(got, v.distance)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want[:k]) {
				t.Fatalf("row %d: %v, want %v", i, got, want[:k])
			}
		}
	})
}

// With a perplexity of a third of all points, every point is a neighbour.
func TestNearAffinities_equalExactOnes(t *testing.T) {
	const n, dim, perplexity = 40, 3, 13.
	x := clusters(n, dim)
	s := nearAffinities(x, dim, perplexity, 1)
	p, _, err := Affinities(x, dim, perplexity)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = Joint(p); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i := range n {
		for k := s.starts[i]; k < s.starts[i+1]; k++ {
			sum += s.values[k]
			if want := p[i*n+int(s.columns[k])]; math.Abs(s.values[k]-want) > 1e-9 {
				t.Errorf("P[%d, %d] = %v, want %v", i, s.columns[k], s.values[k], want)
			}
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("ΣP = %v, want 1", sum)
	}
}

func TestAffinities_havePerplexity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 30).Draw(t, "n")
		scale := math.Pow(10, rapid.Float64Range(-100, 100).Draw(t, "scale"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x := make([]float64, 2*n)
		for i := range x {
			x[i] = scale * r.NormFloat64()
		}
		perplexity := rapid.Float64Range(1.01, float64(n-1)-0.01).Draw(t, "perplexity")
		p, _, err := Affinities(x, 2, perplexity)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			h, sum := 0.0, 0.0
			for j, v := range p[i*n : (i+1)*n] {
				sum += v
				if v > 0 {
					h -= v * math.Log(v)
				}
				if j == i && v != 0 {
					t.Fatalf("p[%d, %d] = %v", i, i, v)
				}
			}
			if math.Abs(sum-1) > 1e-9 || math.Abs(h-math.Log(perplexity)) > 1e-6 {
				t.Fatalf("row %d: sum %v, perplexity %v, want 1, %v", i, sum, math.Exp(h), perplexity)
			}
		}
	})
}

func TestPrincipal_firstAxes(t *testing.T) {
	const n, dim = 200, 4
	r := rand.New(rand.NewPCG(1, 1))
	x := make([]float64, n*dim)
	want := make([]float64, 2*n)
	for i := range n {
		a, b := 3*r.NormFloat64(), r.NormFloat64()
		want[2*i], want[2*i+1] = a, b
		x[i*dim+1], x[i*dim+3] = 0.6*a-0.8*b, 0.8*a+0.6*b // a turn
		x[i*dim] = 0.1 * r.NormFloat64()
	}
	y := principal(scaled(x, dim), dim, rand.New(rand.NewPCG(1, 1)))
	for a := range 2 {
		var xy, xx, yy float64
		for i := range n {
			u, v := want[2*i+a], y[2*i+a]
			xy += u * v
			xx += u * u
			yy += v * v
		}
		if c := math.Abs(xy) / math.Sqrt(xx*yy); c < 0.98 { // means are not 0
			t.Errorf("axis %d: correlation %v, want 1", a, c)
		}
		if d := math.Sqrt(yy / n); a == 0 && math.Abs(d-1e-4) > 1e-6 {
			t.Errorf("deviation %v, want 1e-4", d)
		}
	}
}

// Points in one place or on a line have no principal components: the plane is filled nevertheless.
func TestEmbed_degenerate(t *testing.T) {
	line := make([]float64, 40)
	for i := range line {
		line[i] = float64(i / 2)
	}
	huge := []float64{1e300, 0, -1e300, 0, 0, 1e300, 1, 1}
	for name, c := range map[string]struct {
		x   []float64
		dim int
	}{"one place": {make([]float64, 40), 2}, "line": {line, 2}, "one dimension": {line, 1}, "two points": {[]float64{1, 2}, 1}, "huge": {huge, 2}} {
		for _, exact := range []bool{true, false} {
			y, err := Embed(t.Context(), c.x, c.dim, Options{Perplexity: 1, Exact: exact, Steps: 60, EarlySteps: 20})
			if err != nil || len(y) != 2*len(c.x)/c.dim {
				t.Errorf("%s, exact %t: %d numbers, %v", name, exact, len(y), err)
			}
		}
	}
}

func TestErrors_sayWhatIsWrong(t *testing.T) {
	x := clusters(10, 2)
	embed := func(x []float64, dim int, o Options) error {
		if o.Perplexity == 0 {
			o.Perplexity = 3
		}
		_, err := Embed(t.Context(), x, dim, o)
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, cancelled := Embed(ctx, x, 2, Options{Perplexity: 3})
	_, _, few := Affinities(x[:2], 2, 1)
	_, joint := Joint(make([]float64, 5))
	_, _, _, kl := KL(make([]float64, 9), make([]float64, 5))
	bad := slices.Clone(x)
	bad[5] = math.NaN()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"dim":        {embed(x, 3, Options{}), "t-SNE: x of 20 numbers, expected [N, 3]"},
		"NaN":        {embed(bad, 2, Options{}), "x[2, 1] is NaN"},
		"perplexity": {embed(x, 2, Options{Perplexity: 10}), "perplexity 10 of 10 points, expected 1 to 9"},
		"small":      {embed(x, 2, Options{Perplexity: 0.5}), "perplexity 0.5"},
		"theta":      {embed(x, 2, Options{Theta: -1}), "theta: found -1"},
		"momentum":   {embed(x, 2, Options{Momentum: 2}), "momentum: found 2, expected a number above 0, at most 1"},
		"steps":      {embed(x, 2, Options{Steps: -1}), "-1 steps"},
		"init":       {embed(x, 2, Options{Init: make([]float64, 3)}), "init of 3 numbers, expected [10, 2]"},
		"diverged":   {embed(x, 2, Options{Rate: 1e9, Exaggeration: 1e6, Exact: true, Init: []float64{1e308, 0, -1e308, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}), "the rate 1e+09 is too large"},
		"cancelled":  {cancelled, "context canceled"},
		"affinities": {few, "affinities: x of 2 numbers"},
		"joint":      {joint, "p of 5 numbers, expected [N, N]"},
		"kl":         {kl, "y of 5 numbers, expected [3, 2]"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, c.err, c.want)
		}
	}
	if !errors.Is(cancelled, context.Canceled) {
		t.Errorf("error %v", cancelled)
	}
}

func BenchmarkEmbed(b *testing.B) {
	x := clusters(2000, 50)
	for b.Loop() {
		if _, err := Embed(b.Context(), x, 50, Options{Steps: 50}); err != nil {
			b.Fatal(err)
		}
	}
}
