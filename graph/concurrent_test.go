package graph_test

import (
	"fmt"
	"sync"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/graph"
)

// TestConcurrent_building: graphs over one store and over several are built,
// differentiated and compiled at once.
func TestConcurrent_building(t *testing.T) {
	shared := graph.NewStore(graph.Float32, 1)
	var want float64
	{
		s := sizedPrograms(t, graph.NewStore(graph.Float32, 1))(2)
		want, _ = s.run(t, 2)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		store := shared
		if i%2 == 1 {
			store = graph.NewStore(graph.Float32, 1)
		}
		wg.Go(func() {
			g := graph.New(store, graph.Train)
			x, y, logits, loss := lenet(g, 2)
			prog, err := g.Compile(loss, logits)
			if err != nil {
				t.Error(err)
				return
			}
			images, labels := digits(2)
			if store == shared { // runs over one store would race on its buffers
				return
			}
			if err := prog.Run(x.Feed(images), y.FeedInts(labels)); err != nil || prog.Loss() != want {
				t.Errorf("loss %v, want %v, error %v", prog.Loss(), want, err)
			}
		})
	}
	wg.Wait()
}

// TestConcurrent_graphs: large graphs are built, differentiated and compiled side
// by side, some with operations of Gorgonia's own, and give what one alone does.
func TestConcurrent_graphs(t *testing.T) {
	tanh := gorgonia.Must(gorgonia.Tanh(gorgonia.NewScalar(gorgonia.NewGraph(), gorgonia.Float32, gorgonia.WithName("any")))).Op()
	build := func(steps int, stock bool) (float64, error) {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
		loss := unrolled(g, steps)
		if stock {
			loss = g.Apply(tanh, loss)
		}
		prog, err := g.Compile(loss)
		if err != nil {
			return 0, err
		}
		x := prog.Input("x")
		if err := prog.Run(x.Feed(make([]float32, x.Len()))); err != nil {
			return 0, err
		}
		return prog.Loss(), nil
	}
	var wg sync.WaitGroup
	for i := range 6 {
		stock := i%3 == 0
		want, err := build(20, stock)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 3 {
				if got, err := build(20, stock); err != nil || got != want {
					t.Errorf("graph %d: loss %v, %v, want %v", i, got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

// TestConcurrent_running: programs over stores of their own train side by
// side, and programs for evaluation side by side over one store.
func TestConcurrent_running(t *testing.T) {
	images, labels := digits(4)
	train := func(store *graph.Store) ([]float64, error) {
		g := graph.New(store, graph.Train)
		x, y, logits, loss := lenet(g, 4)
		prog, err := g.Compile(loss, logits)
		if err != nil {
			return nil, err
		}
		for step := range 3 {
			prog.SetStep(step)
			if err := prog.Run(x.Feed(images), y.FeedInts(labels)); err != nil {
				return nil, err
			}
			descend(t, prog, 0.05)
		}
		return prog.Values(logits), nil
	}
	store := graph.NewStore(graph.Float32, 1)
	want, err := train(store)
	if err != nil {
		t.Fatal(err)
	}
	eval := func() ([]float64, error) {
		g := graph.New(store, graph.Eval)
		x, _, logits, _ := lenet(g, 4)
		prog, err := g.Compile(nil, logits)
		if err != nil {
			return nil, err
		}
		for range 3 {
			if err := prog.Run(x.Feed(images)); err != nil {
				return nil, err
			}
		}
		return prog.Values(logits), nil
	}
	wantEval, err := eval()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			got, err := train(graph.NewStore(graph.Float32, 1))
			if err != nil {
				t.Error(err)
				return
			}
			sameBits(t, fmt.Sprintf("training %d", i), got, want)
		})
		wg.Go(func() {
			got, err := eval()
			if err != nil {
				t.Error(err)
				return
			}
			sameBits(t, fmt.Sprintf("evaluation %d", i), got, wantEval)
		})
	}
	wg.Wait()
}

// TestConcurrent_runsOfOneProgram: runs of one program, or of programs that
// share an arena, wait for each other.
func TestConcurrent_runsOfOneProgram(t *testing.T) {
	get := sizedPrograms(t, graph.NewStore(graph.Float32, 1))
	small, large := get(2), get(4)
	var wg sync.WaitGroup
	for range 4 {
		for n, s := range map[int]sized{2: small, 4: large} {
			wg.Go(func() {
				images, labels := digits(n)
				if err := s.prog.Run(s.x.Feed(images), s.y.FeedInts(labels)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}
