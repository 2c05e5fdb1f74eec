package train_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// spots are pictures [1, 8, 8] of one bright quarter: its row, its column are
// said in two words.
func spots(n int) train.Captioned {
	var x []float32
	var words [][]int
	for i := range n {
		row, column := i/2%2, i%2
		for p := range 64 {
			v := float32(p%7) * 0.02
			if p/8/4 == row && p%8/4 == column {
				v++
			}
			x = append(x, v)
		}
		words = append(words, []int{3 + row, 5 + column})
	}
	set, err := datasets.NewInMemory([]int{1, 8, 8}, []string{"spot"}, x, make([]int, n))
	if err != nil {
		panic(err)
	}
	return train.Captioned{Pictures: set, Words: words}
}

func newSpots(t *testing.T, set train.Captioned) *train.Captions {
	t.Helper()
	task, err := train.NewCaptions(graph.NewStore(graph.Float32, 1), func(s graph.Scope) *zoo.Captioner {
		return zoo.NewCaptioner(s, []int{1, 8, 8}, 7, 16, zoo.DecoderOpts{Embedding: 8})
	}, set, set, train.CaptionsOpts{Batch: 10, Seed: 1, Marks: mirrorMarks, Longest: 4})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// TestCaptions_learns: after some epochs each picture is described in the right
// words; the last batch is smaller than the others.
func TestCaptions_learns(t *testing.T) {
	set := spots(24)
	task := newSpots(t, set)
	defer task.Close()
	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(1e-2), Epochs: 30}
	for loop.Next(t.Context()) {
	}
	if err := loop.Err(); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 24*64)
	for i := range 24 {
		if _, err := set.Pictures.At(i, x[i*64:(i+1)*64]); err != nil {
			t.Fatal(err)
		}
	}
	found, err := task.Write(x, 24, decode.BeamOptions{Width: 3, NBest: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		if !slices.Equal(train.Best(f), set.Words[i]) {
			t.Errorf("picture %d: %v, want %v", i, train.Best(f), set.Words[i])
		}
	}
}

func TestCaptions_wrongUse(t *testing.T) {
	model := func(s graph.Scope) *zoo.Captioner {
		return zoo.NewCaptioner(s, []int{1, 8, 8}, 7, 4, zoo.DecoderOpts{})
	}
	set := spots(2)
	for _, c := range []struct {
		set  train.Captioned
		o    train.CaptionsOpts
		want string
	}{
		{set, train.CaptionsOpts{Longest: 4}, "batch size 0"},
		{set, train.CaptionsOpts{Batch: 1, Longest: 2}, "caption 0 has 2 words, expected fewer than 2"},
		{train.Captioned{Pictures: set.Pictures}, train.CaptionsOpts{Batch: 1, Longest: 4}, "2 pictures, 0 captions"},
	} {
		_, err := train.NewCaptions(graph.NewStore(graph.Float32, 1), model, c.set, train.Captioned{}, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := newSpots(t, set).Write(make([]float32, 3), 2, decode.BeamOptions{Width: 1}); err == nil {
		t.Error("3 values of 2 pictures: no error")
	}
}

func TestTogether_captions(t *testing.T) {
	set := spots(8)
	task := newSpots(t, train.Captioned{})
	train.Together(t, func(q int) (any, error) {
		x := make([]float32, 64)
		if _, err := set.Pictures.At(q, x); err != nil {
			return nil, err
		}
		return task.Write(x, 1, decode.BeamOptions{Width: 2, NBest: 1})
	})
	train.Together(t, func(q int) (any, error) { return task.Evaluate(spots(2 + q)) })
}
