package recurrent_test

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

// A sequence is read at once, or step by step with the same weights.
func Example() {
	store := graph.NewStore(graph.Float32, 1)
	run := func(stepwise bool) float32 {
		g := graph.New(store, graph.Eval)
		x := g.Input("x", 3, 1, 2) // [T, N, in]
		lstm := recurrent.NewLSTM(g.Scope().At("lstm"), 2, 4, recurrent.Opts{Layers: 2})
		y, state := lstm.Sequence(x, recurrent.LSTMState{}, nil)
		last := y.Index(0, 2)
		if stepwise {
			state = recurrent.LSTMState{}
			for t := range 3 {
				last, state = lstm.Step(x.Index(0, t), state)
			}
		}
		prog, err := g.Compile(nil, last, state.C)
		if err != nil {
			fmt.Println(err)
			return 0
		}
		if err := prog.Run(x.Feed([]float32{1, 0, 0, 1, 1, 1})); err != nil {
			fmt.Println(err)
			return 0
		}
		return prog.Float32s(last)[0]
	}
	difference := run(true) - run(false)
	fmt.Println(difference < 1e-6 && difference > -1e-6)
	// Output: true
}

// A sequence is read in both directions, by two layers.
func ExampleLSTM_Sequence() {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	s := g.Scope()
	x := g.Input("x", 7, 3, 100) // 7 steps of 3 sentences
	lengths := g.InputInts("lengths", 3)
	lstm := recurrent.NewLSTM(s.At("rnn"), 100, 128, recurrent.Opts{Layers: 2, Bidirectional: true, Dropout: 0.5})
	y, last := lstm.Sequence(x, recurrent.LSTMState{}, lengths) // x [T, N, 100] → y [T, N, 256]
	fmt.Println(y.Shape(), last.H.Shape(), g.Err())
	// Output: [7 3 256] [4 3 128] <nil>
}
