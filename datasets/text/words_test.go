package text

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hocsau/hocsau/internal/golden"
	"pgregory.net/rapid"
)

func TestAlias(t *testing.T) {
	p := []float64{0.5, 0, 0.125, 0.375}
	a, err := NewAlias(p)
	if err != nil {
		t.Fatal(err)
	}
	const n = 40000
	r := rand.New(rand.NewPCG(1, 2))
	counts := make([]float64, len(p))
	for range n {
		counts[a.Draw(r)]++
	}
	for i, want := range p {
		if sigma := math.Sqrt(n * want * (1 - want)); math.Abs(counts[i]-n*want) > 4*sigma {
			t.Errorf("index %d: %v draws of %d, want about %v", i, counts[i], n, n*want)
		}
	}
}

// The columns of the table add up to the distribution exactly.
func TestAlias_isTheDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(t, "p")
		p[0] += 0.1
		a, err := NewAlias(p)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, v := range p {
			sum += v
		}
		got := make([]float64, len(p))
		for i, s := range a.share {
			got[i] += s / float64(len(p))
			got[a.other[i]] += (1 - s) / float64(len(p))
		}
		for i, v := range p {
			if math.Abs(got[i]-v/sum) > 1e-12 {
				t.Fatalf("index %d: got %v, want %v", i, got[i], v/sum)
			}
		}
	})
}

func TestCooccurrence_isSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOf(rapid.IntRange(0, 4)).Draw(t, "ids")
		cells, err := Cooccurrence(ids, 5, rapid.IntRange(1, 6).Draw(t, "window"), Weighting(rapid.IntRange(0, 1).Draw(t, "weighting")))
		if err != nil {
			t.Fatal(err)
		}
		at := map[[2]int]float64{}
		for _, c := range cells {
			at[[2]int{c.Row, c.Col}] = c.Value
		}
		for k, v := range at {
			if math.Abs(at[[2]int{k[1], k[0]}]-v) > 1e-12 {
				t.Fatalf("X%v = %v, the other way %v", k, v, at[[2]int{k[1], k[0]}])
			}
		}
	})
}

func TestWords_failures(t *testing.T) {
	_, window := SkipgramPairs([]int{1}, 0)
	_, counts := NoiseDistribution([]int64{1, -1}, 0.75)
	_, zero := NoiseDistribution([]int64{0}, 0.75)
	_, power := NoiseDistribution([]int64{1}, math.NaN())
	_, threshold := SubsamplingKeep([]int64{1}, 0)
	_, negative := SubsamplingKeep([]int64{-1}, 1)
	_, empty := NewAlias(nil)
	_, nan := NewAlias([]float64{1, math.NaN()})
	_, id := Cooccurrence([]int{0, 5}, 5, 1, Flat)
	_, cooc := Cooccurrence(nil, 5, 0, Flat)
	_, weighting := Cooccurrence(nil, 5, 1, 7)
	for says, err := range map[string]error{
		"window: found 0": window, "count 1 is -1": counts, "all counts are 0": zero, "power NaN": power, "threshold: found 0": threshold,
		"count 0 is -1": negative, "0 probabilities": empty, "probability 1 is NaN": nan, "id 5 at place 1, expected 0 to 4": id,
		"co-occurrence: window": cooc, "weighting 7": weighting,
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	if keep, err := SubsamplingKeep([]int64{0, 4}, 0.25); err != nil || !cmp.Equal(keep, []float64{1, 0.5}) {
		t.Errorf("%v, %v", keep, err)
	}
}

func TestReference(t *testing.T) {
	golden.Run(t, "datasets/text", func(t *testing.T, c *golden.Case) {
		counts := func() []int64 {
			var out []int64
			for _, n := range c.Tensor("input.counts").I64 {
				out = append(out, int64(n))
			}
			return out
		}
		switch c.Op {
		case "skipgram_pairs":
			pairs, err := SkipgramPairs(c.Tensor("input.ids").I64, c.Params.Int("window"))
			if err != nil {
				t.Fatal(err)
			}
			var flat []int
			for _, p := range pairs {
				flat = append(flat, p[0], p[1])
			}
			c.CheckInts("output.pairs", flat, []int{len(pairs), 2})
		case "noise_distribution":
			p, err := NoiseDistribution(counts(), c.Params.Float("power"))
			if err != nil {
				t.Fatal(err)
			}
			c.Check("output.prob", p, []int{len(p)})
		case "subsampling_keep":
			keep, err := SubsamplingKeep(counts(), c.Params.Float("threshold"))
			if err != nil {
				t.Fatal(err)
			}
			c.Check("output.keep", keep, []int{len(keep)})
		case "cooccurrence":
			weighting := InverseDistance
			if c.Params.String("weighting") == "flat" {
				weighting = Flat
			}
			size := c.Params.Int("vocab")
			cells, err := Cooccurrence(c.Tensor("input.ids").I64, size, c.Params.Int("window"), weighting)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float64, size*size)
			for _, v := range cells {
				x[v.Row*size+v.Col] = v.Value
			}
			c.Check("output.X", x, []int{size, size})
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}
