package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

const peopleWidth = 6 // numbers of a picture

// crowd is a set of people with four pictures each: a point of their own, moved
// a little. Of the numbers only the first half tell who it is.
func crowd(t *testing.T, people int, seed uint64) datasets.Dataset {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var names []string
	var x []float32
	var y []int
	for p := range people {
		names = append(names, string(rune('a'+p)))
		centre := make([]float64, peopleWidth/2)
		for i := range centre {
			centre[i] = r.NormFloat64()
		}
		for range 4 {
			for i := range peopleWidth {
				v := 2 * r.NormFloat64()
				if i < len(centre) {
					v = centre[i] + 0.1*r.NormFloat64()
				}
				x = append(x, float32(v))
			}
			y = append(y, p)
		}
	}
	d, err := datasets.NewInMemory([]int{peopleWidth}, names, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func tower(s graph.Scope) nn.Layer {
	return zoo.NewSiamese(nn.NewLinear(s.At("fc"), peopleWidth, 3), zoo.SiameseOpts{})
}

func embedder(t *testing.T, seed uint64, o EmbedderOpts) *Embedder {
	t.Helper()
	o.People, o.Pictures, o.Seed = 6, 4, seed
	e, err := NewEmbedder(graph.NewStore(graph.Float32, seed), tower, crowd(t, 12, 1), crowd(t, 6, 2), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Each objective learns to look at what tells people apart.
func TestEmbedder_learns(t *testing.T) {
	for name, o := range map[string]EmbedderOpts{
		"pairs":    {Objective: Pairs, Margin: 1},
		"logistic": {Objective: LogisticPairs},
		"hard":     {Objective: HardTriplets, Margin: 0.2},
		"semihard": {Objective: SemiHardTriplets, Margin: 0.2},
		"all":      {Objective: AllTriplets, Margin: 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			e := embedder(t, 1, o)
			if err := e.Build(); err != nil {
				t.Fatal(err)
			}
			before, err := e.Validate()
			if err != nil {
				t.Fatal(err)
			}
			l := &Loop{Task: e, Solver: solvers.NewAdam(2e-2), Epochs: 3}
			for l.Next(context.Background()) {
			}
			if err := l.Err(); err != nil {
				t.Fatal(err)
			}
			after := l.Epoch().Validation
			auc, _ := after.Get("val_auc")
			was, _ := before.Get("val_auc")
			if auc < 0.97 || auc <= was {
				t.Errorf("AUC %g of people never seen, %g before, want at least 0.97 and more than before", auc, was)
			}
			if n := len(after); n != 3 || after[0].Name != "val_auc" {
				t.Errorf("metrics %v", after)
			}
		})
	}
}

// A batch is a function of its epoch and number.
func TestEmbedder_resumesWithTheSameBits(t *testing.T) {
	o := EmbedderOpts{Objective: AllTriplets, Margin: 0.2, Steps: 5}
	o.Transform = func(x []float32, epoch, index int) { x[0] += float32(epoch) + float32(index)/100 }
	loss := func(e *Embedder, epoch, batch, steps int) float64 {
		e.Begin(epoch, batch)
		for range steps {
			prog, n, err := e.Step(0)
			if err != nil {
				t.Fatal(err)
			}
			if n != 24 {
				t.Fatalf("%d examples, want 6 people with 4 pictures", n)
			}
			if steps == 1 {
				return prog.Loss()
			}
		}
		prog, _, err := e.Step(0)
		if err != nil {
			t.Fatal(err)
		}
		return prog.Loss()
	}
	whole, part := loss(embedder(t, 3, o), 2, 0, 4), loss(embedder(t, 3, o), 2, 4, 1)
	if whole != part {
		t.Errorf("loss %g after four batches, %g when begun there", whole, part)
	}
	if other := loss(embedder(t, 4, o), 2, 4, 1); other == part {
		t.Errorf("loss %g for two seeds", other)
	}
}

func TestEmbedder_embedsInBatches(t *testing.T) {
	e := embedder(t, 1, EmbedderOpts{Objective: Pairs, Margin: 1, Mirror: true})
	var x []float32
	for i := range (evalBatch + 3) * peopleWidth {
		x = append(x, float32(math.Sin(float64(i))))
	}
	all, err := e.Embed(x)
	if err != nil {
		t.Fatal(err)
	}
	last, err := e.Embed(x[len(x)-peopleWidth:])
	if err != nil {
		t.Fatal(err)
	}
	turned := slices.Clone(x[len(x)-peopleWidth:])
	slices.Reverse(turned)
	same, err := e.Embed(turned)
	if err != nil {
		t.Fatal(err)
	}
	length := 0.0
	for i, v := range last {
		length += float64(v) * float64(v)
		// Rounding may differ with the size of the batch, and with the order of a sum.
		if math.Abs(float64(v-all[len(all)-3+i])) > 1e-6 || math.Abs(float64(v-same[i])) > 1e-6 {
			t.Errorf("alone %v, in a batch %v, mirrored %v", last, all[len(all)-3:], same)
		}
	}
	if math.Abs(length-1) > 1e-6 {
		t.Errorf("length %g of an embedding and its mirror image, want 1", length)
	}
	if _, err := e.Embed(x[:peopleWidth+1]); err == nil || !strings.Contains(err.Error(), "embed 7 values, expected a multiple of 6") {
		t.Errorf("error %v", err)
	}
}

func TestVerification_threshold(t *testing.T) {
	v, err := NewVerification([]float64{1, 2, 3, 4, 5, 6, 7, 8}, []bool{true, true, false, true, false, false, true, false}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for rate, want := range map[float64][2]float64{0: {2, 0.5}, 0.25: {4, 0.75}, 0.7: {4, 0.75}, 0.75: {7, 1}, 1: {7, 1}} {
		if p := v.Threshold(rate); p.Threshold != want[0] || p.TAR != want[1] || p.FAR > rate {
			t.Errorf("rate %g: distance %g accepts %g of strangers, %g of the same, want %v", rate, p.Threshold, p.FAR, p.TAR, want)
		}
	}
}

func TestVerification_nearestAreStrangers(t *testing.T) {
	v, err := NewVerification([]float64{1, 2}, []bool{false, true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p := v.Threshold(0.1); p.Threshold != 0 || p.TAR != 0 {
		t.Errorf("%+v, want distance 0, which accepts nobody here", p)
	}
}

func TestNewEmbedder_refuses(t *testing.T) {
	good := EmbedderOpts{People: 2, Pictures: 2}
	one, err := datasets.NewInMemory([]int{peopleWidth}, []string{"a"}, make([]float32, 2*peopleWidth), []int{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data datasets.Dataset
		opts EmbedderOpts
		want string
	}{
		{"one person a batch", crowd(t, 3, 1), EmbedderOpts{People: 1, Pictures: 4}, "batches of 1 people with 4 pictures"},
		{"objective", crowd(t, 3, 1), EmbedderOpts{People: 2, Pictures: 2, Objective: 9}, "objective 9"},
		{"steps", crowd(t, 3, 1), EmbedderOpts{People: 2, Pictures: 2, Steps: -1}, "-1 batches"},
		{"one person", one, good, "1 labels in 2 examples"},
	} {
		if _, err := NewEmbedder(graph.NewStore(graph.Float32, 1), tower, c.data, nil, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}
