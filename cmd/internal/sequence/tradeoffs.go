package sequence

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// tradeoffsCommand returns recurrent.
func tradeoffsCommand(a *run.App) *cobra.Command {
	var quick bool
	c := &cobra.Command{
		Use:     "recurrent",
		Short:   "Show the strengths and drawbacks of recurrent networks as tables",
		GroupID: run.GroupLearn,
		Long: `recurrent measures what the cheatsheet says of recurrent networks, §2.1: inputs
of any length with a model whose size does not grow, a computation that is slow
because it goes step by step, a past that is hard to reach, a future that one
direction does not see. The tables are Markdown.`,
		Example: "  hocsau recurrent",
		Args:    run.Takes(0, 0, "no argument"),
		RunE:    func(c *cobra.Command, _ []string) error { return Tradeoffs(c.Context(), a, quick) },
	}
	c.Flags().BoolVar(&quick, "quick", false, "fewer lengths, shorter trainings")
	return c
}

// Tradeoffs prints the three tables: what a step costs by the length of the
// input, how far back each cell remembers, what one direction and two see of the
// future. quick measures fewer lengths and trains less.
//
// Source: cheatsheet §2.1 (strengths and drawbacks).
func Tradeoffs(ctx context.Context, a *run.App, quick bool) error {
	lengths, distances, steps := []int{10, 50, 100, 250, 500, 1000}, []int{5, 20, 50, 100}, 400
	if quick {
		lengths, distances, steps = []int{10, 50}, []int{5, 20}, 60
	}
	if err := costByLength(ctx, a, lengths); err != nil {
		return err
	}
	if err := recallByDistance(ctx, a, distances, steps); err != nil {
		return err
	}
	return futureByDirection(ctx, a, steps)
}

// costByLength measures a training step of an LSTM by the length of its input.
func costByLength(ctx context.Context, a *run.App, lengths []int) error {
	const batch, in, hidden = 16, 64, 128
	if !a.JSON {
		fmt.Fprintf(a.Out, "Time and memory of a training step by the length T of the input (an LSTM of %d units, batch %d):\n\n", hidden, batch)
		fmt.Fprintf(a.Out, "| T | parameters | memory of the step | step | a token |\n|---:|---:|---:|---:|---:|\n")
	}
	for _, steps := range lengths {
		if err := ctx.Err(); err != nil {
			return err
		}
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
		x := g.Input("x", steps, batch, in)
		y := recurrent.NewLSTM(g.Scope().At("rnn"), in, hidden, recurrent.Opts{}).Forward(x)
		prog, err := g.Compile(y.Square().Mean())
		if err != nil {
			return err
		}
		feed := x.Feed(make([]float32, steps*batch*in))
		if err := prog.Run(feed); err != nil {
			return err
		}
		best := time.Duration(1 << 62)
		for range 5 {
			begin := time.Now()
			if err := prog.Run(feed); err != nil {
				return err
			}
			best = min(best, time.Since(begin))
		}
		m := prog.Memory()
		perToken := best / time.Duration(steps*batch)
		if a.JSON {
			err = a.PrintJSON(map[string]any{"table": "cost", "T": steps, "parameters": m.Parameters / 4, "bytes": m.Arena, "ms": best.Seconds() * 1e3, "us_a_token": perToken.Seconds() * 1e6})
		} else {
			_, err = fmt.Fprintf(a.Out, "| %d | %s | %.1f MB | %.1f ms | %.1f µs |\n", steps, run.Thousands(m.Parameters/4), float64(m.Arena)/1e6, best.Seconds()*1e3, perToken.Seconds()*1e6)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// small is a network of one recurrent layer with an output.
type small struct {
	cell   zoo.Cell
	both   bool // two directions
	hidden int
}

// read returns the outputs of all steps [T, N, D·H] and the last state [N, H].
func (s small) read(scope graph.Scope, x *graph.Node) (y, last *graph.Node) {
	in, o := x.Dim(2), recurrent.Opts{Bidirectional: s.both}
	switch s.cell {
	case zoo.RNN:
		y, last = recurrent.NewRNN(scope, in, s.hidden, o).Sequence(x, nil, nil)
	case zoo.GRU:
		y, last = recurrent.NewGRU(scope, in, s.hidden, o).Sequence(x, nil, nil)
	default:
		var state recurrent.LSTMState
		y, state = recurrent.NewLSTM(scope, in, s.hidden, o).Sequence(x, recurrent.LSTMState{}, nil)
		last = state.H
	}
	return y, last.Index(0, 0)
}

// learn trains the program with fresh batches and returns the share of labels
// that are right in the last tenth of the steps.
func learn(ctx context.Context, prog *graph.Program, logits *graph.Node, labels []int, steps int, batch func() []graph.Feed) (float64, error) {
	solver := solvers.NewAdam(0.01)
	right, all := 0, 0
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := prog.Run(batch()...); err != nil {
			return 0, err
		}
		if step >= steps-steps/10 {
			z := prog.Float32s(logits)
			classes := len(z) / len(labels)
			for n, y := range labels {
				best := 0
				for k, v := range z[n*classes : (n+1)*classes] {
					if v > z[n*classes+best] {
						best = k
					}
				}
				if all++; best == y {
					right++
				}
			}
		}
		if _, err := solvers.ClipByGlobalNorm(prog.Gradients(), 1, 0); err != nil {
			return 0, err
		}
		if err := solver.Step(prog.Gradients()); err != nil {
			return 0, err
		}
	}
	return float64(right) / float64(all), nil
}

const (
	symbols     = 4
	smallBatch  = 16
	smallHidden = 24
)

// recallByDistance measures how often a network names a symbol that it read some
// steps ago, noise since.
func recallByDistance(ctx context.Context, a *run.App, distances []int, steps int) error {
	if !a.JSON {
		fmt.Fprintf(a.Out, "\nThe symbol read d steps ago, one of %d, after %d steps of training: share named rightly (chance: 0.25):\n\n| d |", symbols, steps)
		for _, cell := range zoo.Cells() {
			fmt.Fprintf(a.Out, " %s |", cell)
		}
		fmt.Fprintf(a.Out, "\n|---:|---:|---:|---:|\n")
	}
	for _, d := range distances {
		if !a.JSON {
			fmt.Fprintf(a.Out, "| %d |", d)
		}
		for _, cell := range zoo.Cells() {
			share, err := recall(ctx, cell, d, steps)
			if err != nil {
				return err
			}
			if a.JSON {
				err = a.PrintJSON(map[string]any{"table": "recall", "distance": d, "cell": cell, "accuracy": share})
			} else {
				_, err = fmt.Fprintf(a.Out, " %.2f |", share)
			}
			if err != nil {
				return err
			}
		}
		if !a.JSON {
			fmt.Fprintln(a.Out)
		}
	}
	return nil
}

func recall(ctx context.Context, cell zoo.Cell, d, steps int) (float64, error) {
	const in = symbols + 1 // one-hot, one of noise
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, y := g.Input("x", d, smallBatch, in), g.Labels("y", smallBatch)
	_, last := small{cell: cell, hidden: smallHidden}.read(g.Scope().At("rnn"), x)
	logits := nn.NewLinear(g.Scope().At("out"), smallHidden, symbols).Forward(last)
	prog, err := g.Compile(losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}), logits)
	if err != nil {
		return 0, err
	}
	if cell == zoo.LSTM {
		if err := forgetLittle(g.Store().Param("rnn.bias_ih_l0"), d); err != nil {
			return 0, err
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(d)))
	values, labels := make([]float32, d*smallBatch*in), make([]int, smallBatch)
	return learn(ctx, prog, logits, labels, steps, func() []graph.Feed {
		clear(values)
		for n := range labels {
			labels[n] = r.IntN(symbols)
			values[n*in+labels[n]] = 1
			for t := 1; t < d; t++ {
				values[(t*smallBatch+n)*in+symbols] = float32(0.3 * r.NormFloat64())
			}
		}
		return []graph.Feed{x.Feed(values), y.FeedInts(labels)}
	})
}

// forgetLittle gives the forget and input gates of an LSTM biases with which it
// remembers up to steps steps to begin with.
//
// Source: arXiv:1804.11188 §3.
func forgetLittle(bias *graph.Param, steps int) error {
	v := bias.Values()
	r := rand.New(rand.NewPCG(3, 3))
	hidden := len(v) / 4
	for k := range hidden {
		b := math.Log(1 + r.Float64()*float64(max(steps-2, 1)))
		v[k], v[hidden+k] = -b, b
	}
	return bias.SetValues(v)
}

// futureByDirection measures how often a network names the next symbol of each
// step, which only the direction from the end has read.
func futureByDirection(ctx context.Context, a *run.App, steps int) error {
	if !a.JSON {
		fmt.Fprintf(a.Out, "\nA label a step that the step after it decides: share right (chance: 0.25):\n\n| cell | one direction | two |\n|---|---:|---:|\n")
	}
	for _, cell := range zoo.Cells() {
		var share [2]float64
		for i, both := range []bool{false, true} {
			var err error
			if share[i], err = foresee(ctx, cell, both, steps); err != nil {
				return err
			}
		}
		var err error
		if a.JSON {
			err = a.PrintJSON(map[string]any{"table": "future", "cell": cell, "one_direction": share[0], "two_directions": share[1]})
		} else {
			_, err = fmt.Fprintf(a.Out, "| %s | %.2f | %.2f |\n", cell, share[0], share[1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func foresee(ctx context.Context, cell zoo.Cell, both bool, steps int) (float64, error) {
	const length = 12
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, y := g.Input("x", length+1, smallBatch, symbols), g.Labels("y", length*smallBatch)
	all, _ := small{cell: cell, both: both, hidden: smallHidden}.read(g.Scope().At("rnn"), x)
	all = all.Slice(0, 0, length).Reshape(length*smallBatch, -1)
	logits := nn.NewLinear(g.Scope().At("out"), all.Dim(1), symbols).Forward(all)
	prog, err := g.Compile(losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}), logits)
	if err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	values, labels := make([]float32, (length+1)*smallBatch*symbols), make([]int, length*smallBatch)
	return learn(ctx, prog, logits, labels, steps, func() []graph.Feed {
		clear(values)
		for i := range (length + 1) * smallBatch {
			symbol := r.IntN(symbols)
			values[i*symbols+symbol] = 1
			if i >= smallBatch {
				labels[i-smallBatch] = symbol
			}
		}
		return []graph.Feed{x.Feed(values), y.FeedInts(labels)}
	})
}
