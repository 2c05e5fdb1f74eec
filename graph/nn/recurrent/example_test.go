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
