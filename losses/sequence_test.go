package losses_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/losses"
)

// sequenceLogits are [T, N, C] = [3, 2, 2]; the second class leads by 1 at
// step 0, 2 at step 1, … and the losses for class 0 are log(1 + e^lead).
func sequenceLogits() []float64 {
	var x []float64
	for lead := range 6 {
		x = append(x, 0, float64(lead))
	}
	return x
}

func lossAt(lead int) float64 { return math.Log1p(math.Exp(float64(lead))) }

func TestSection2_1_LossOverTime(t *testing.T) {
	for _, c := range []struct {
		name string
		r    losses.SequenceReduction
		mask []float64 // [T, N]
		want float64
	}{
		{"sum", losses.SumSteps, nil, lossAt(0) + lossAt(1) + lossAt(2) + lossAt(3) + lossAt(4) + lossAt(5)},
		{"masked sum", losses.SumSteps, []float64{1, 1, 1, 0, 0, 0}, lossAt(0) + lossAt(1) + lossAt(2)},
		{"mean over steps", losses.MeanSteps, []float64{1, 1, 1, 0, 0, 0}, (lossAt(0) + lossAt(1) + lossAt(2)) / 3},
		{"mean over sequences", losses.MeanSequences, []float64{1, 1, 1, 0, 0, 0}, ((lossAt(0)+lossAt(2))/2 + lossAt(1)) / 2},
		{"without mask", losses.MeanSequences, nil, (lossAt(0) + lossAt(1) + lossAt(2) + lossAt(3) + lossAt(4) + lossAt(5)) / 6},
		{"an empty sequence does not count", losses.MeanSequences, []float64{1, 0, 1, 0, 0, 0}, (lossAt(0) + lossAt(2)) / 2},
		{"nothing left", losses.MeanSequences, []float64{0, 0, 0, 0, 0, 0}, 0},
		{"no steps left", losses.MeanSteps, []float64{0, 0, 0, 0, 0, 0}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, graph.Float64, sequenceLogits(), 3, 2, 2)
			labels := b.g.InputInts("labels", 3, 2)
			b.feeds = append(b.feeds, labels.FeedInts(make([]int, 6)))
			var mask *graph.Node
			if c.mask != nil {
				mask = b.input("mask", c.mask, 3, 2)
			}
			loss, perStep := losses.Sequence(b.theta, labels, mask, c.r)
			prog, err := b.g.Compile(loss, perStep)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(b.feeds...); err != nil {
				t.Fatal(err)
			}
			if got := prog.Loss(); !(math.Abs(got-c.want) <= 1e-12) {
				t.Errorf("loss %v, want %v", got, c.want)
			}
			for s, got := range prog.Values(perStep) {
				want := 0.0
				for n := range 2 {
					if c.mask == nil || c.mask[2*s+n] == 1 {
						want += lossAt(2*s + n)
					}
				}
				if !(math.Abs(got-want) <= 1e-12) {
					t.Errorf("step %d: %v, want %v", s, got, want)
				}
			}
			report, err := gradcheck.Check(prog, gradcheck.Opts{})
			if err != nil {
				t.Fatal(err)
			}
			if w := report.Worst(); !w.Right(1e-7) {
				t.Errorf("gradient: relative error %g", w.RelativeError)
			}
		})
	}
}

func TestSequence_wrongUse(t *testing.T) {
	for _, c := range []struct {
		name                 string
		logits, labels, mask []int
		r                    losses.SequenceReduction
		want                 string
	}{
		{"rank", []int{3, 2}, []int{3, 2}, nil, losses.SumSteps, "expected logits [T, N, C]"},
		{"labels", []int{3, 2, 4}, []int{2, 3}, nil, losses.SumSteps, "expected labels [3, 2]"},
		{"mask", []int{3, 2, 4}, []int{3, 2}, []int{3}, losses.SumSteps, "expected a mask [3, 2]"},
		{"reduction", []int{3, 2, 4}, []int{3, 2}, nil, 9, "reduction 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
			var mask *graph.Node
			if c.mask != nil {
				mask = g.Input("mask", c.mask...)
			}
			loss, _ := losses.Sequence(g.Input("logits", c.logits...), g.InputInts("labels", c.labels...), mask, c.r)
			if _, err := g.Compile(loss); err == nil || !strings.Contains(err.Error(), "Sequence: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
