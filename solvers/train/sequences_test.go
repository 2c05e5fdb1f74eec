package train

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// riddles are sequences of 1 to 30 of the tokens 2 to 9. The label of a token
// is whether the one before was even, that of a sequence whether it holds a 9.
func riddles(n int, perToken bool, seed uint64) []Sequence {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]Sequence, n)
	for i := range list {
		x := &list[i]
		even, nine := 0, 0
		for range 1 + r.IntN(5)*r.IntN(8) {
			w := 2 + r.IntN(7)
			if r.IntN(12) == 0 {
				w, nine = 9, 1
			}
			x.Tokens = append(x.Tokens, w)
			x.Characters = append(x.Characters, []int{w, 1}[:1+w%2])
			if perToken {
				x.Labels = append(x.Labels, even)
			}
			even = 1 - w%2
		}
		if !perToken {
			x.Labels = []int{nine}
		}
	}
	return list
}

func newRiddleLoop(tb testing.TB, f *Folder, perToken bool) (*Loop, *Sequences) {
	tb.Helper()
	store := graph.NewStore(graph.Float32, 1)
	store.SetThreads(1)
	o := SequencesOpts{Batch: 16, Seed: 1, PerToken: perToken, Replace: func(int) float64 { return 0.01 }, Unknown: 1}
	model := func(s graph.Scope) SequenceModel {
		m := zoo.NewSentiment(s, 10, 2, zoo.SentimentOpts{Embedding: 6, Hidden: 8, Dropout: 0.1})
		return func(words, _, lengths *graph.Node) *graph.Node { return m.Forward(words, lengths) }
	}
	if perToken {
		o.Characters = 2
		model = func(s graph.Scope) SequenceModel {
			return zoo.NewTagger(s, 10, 10, 2, zoo.TaggerOpts{Embedding: 6, Character: 3, Filters: 4, Hidden: 8, Dropout: 0.1}).Forward
		}
	}
	task, err := NewSequences(store, model, riddles(200, perToken, 1), riddles(60, perToken, 2), o)
	if err != nil {
		tb.Fatal(err)
	}
	return &Loop{Task: task, Solver: solvers.NewAdam(0.02), Epochs: 6, Folder: f, SaveEvery: time.Hour}, task
}

func TestSequences_learn(t *testing.T) {
	for _, perToken := range []bool{false, true} {
		loop, task := newRiddleLoop(t, nil, perToken)
		for loop.Next(t.Context()) {
		}
		if loop.Err() != nil {
			t.Fatal(loop.Err())
		}
		if a, _ := loop.Epoch().Validation.Get("val_accuracy"); !(a >= 0.95) {
			t.Errorf("a label a token %t: val_accuracy %.3f, want at least 0.95", perToken, a)
		}
		// One by one, without anything to fill up, the guesses are the same.
		val := riddles(60, perToken, 2)
		all, err := task.Evaluate(val)
		if err != nil {
			t.Fatal(err)
		}
		for i := range val {
			one, err := task.Evaluate(val[i : i+1])
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(one.Guesses[0], all.Guesses[i]) {
				t.Errorf("sequence %d: alone %v, in a batch %v", i, one.Guesses[0], all.Guesses[i])
			}
		}
	}
}

// TestSequences_labelsOutside: a label of −1 changes no loss, and is never right.
func TestSequences_labelsOutside(t *testing.T) {
	_, task := newRiddleLoop(t, nil, true)
	list := []Sequence{{Tokens: []int{2, 3}, Characters: [][]int{{1}, {1}}, Labels: []int{0, 1}}}
	known, err := task.Evaluate(list)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, Sequence{Tokens: []int{2, 3, 4}, Characters: [][]int{{1}, {1}, {1}}, Labels: []int{-1, -1, -1}})
	both, err := task.Evaluate(list)
	if err != nil {
		t.Fatal(err)
	}
	if d := both.Loss - known.Loss; d > 1e-6 || d < -1e-6 { // of float32
		t.Errorf("loss %v with labels that do not count, %v without", both.Loss, known.Loss)
	}
	if got, want := both.Accuracy*5, known.Accuracy*2; got < want-1e-9 || got > want+1e-9 {
		t.Errorf("%v labels right of five, want %v", got, want)
	}
}

func TestSequences_resume(t *testing.T) {
	run := func(dir string, stop int) {
		f := open(t, dir)
		defer func() { _ = f.Close() }()
		loop, _ := newRiddleLoop(t, f, true)
		if _, _, err := loop.Resume(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		steps := 0
		loop.OnStep = func(Step) {
			if steps++; steps == stop {
				cancel()
			}
		}
		for loop.Next(ctx) {
		}
		if err := loop.Err(); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	whole, parts := t.TempDir(), t.TempDir()
	run(whole, 0)
	for _, stop := range []int{5, 17, 0} {
		run(parts, stop)
	}
	same(t, parts, whole)
}

func TestSequences_refuses(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	for _, c := range []struct {
		x    Sequence
		o    SequencesOpts
		want string
	}{
		{Sequence{Labels: []int{1}}, SequencesOpts{Batch: 1}, "sequence 0: no token"},
		{Sequence{Tokens: []int{1, 2}, Labels: []int{1, 1}}, SequencesOpts{Batch: 1}, "2 labels of 2 tokens, expected 1"},
		{Sequence{Tokens: []int{1, 2}, Labels: []int{1}}, SequencesOpts{Batch: 1, PerToken: true}, "1 labels of 2 tokens, expected 2"},
		{Sequence{Tokens: []int{1}, Labels: []int{1}}, SequencesOpts{Batch: 1, Characters: 3}, "the characters of 0 tokens"},
		{Sequence{Tokens: []int{1}, Labels: []int{1}}, SequencesOpts{}, "batch size 0"},
	} {
		if _, err := NewSequences(store, nil, []Sequence{c.x}, nil, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	_, task := newRiddleLoop(t, nil, false)
	if _, err := task.Evaluate([]Sequence{{Tokens: []int{99}, Labels: []int{0}}}); err == nil || !strings.Contains(err.Error(), "99") {
		t.Errorf("a token out of range: error %v", err)
	}
}
