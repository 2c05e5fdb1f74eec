package train

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

const textTokens = 5

// wave counts up and down: what follows 2 is known to those who remember what
// came before it.
func wave(n int) []int {
	up := []int{0, 1, 2, 3, 4, 3, 2, 1}
	tokens := make([]int, n)
	for i := range tokens {
		tokens[i] = up[i%len(up)]
	}
	return tokens
}

func newTextLoop(tb testing.TB, f *Folder, cell zoo.Cell) (*Loop, *LanguageModel) {
	tb.Helper()
	store := graph.NewStore(graph.Float32, 1)
	store.SetThreads(1)
	model := func(s graph.Scope) TextModel {
		return zoo.NewLanguageModel(s, textTokens, zoo.LanguageModelOpts{Cell: cell, Embedding: 6, Hidden: 12, Dropout: 0.1})
	}
	task, err := NewLanguageModel(store, model, wave(332), wave(60), LanguageModelOpts{Batch: 4, Steps: 9})
	if err != nil {
		tb.Fatal(err)
	}
	return &Loop{Task: task, Solver: solvers.NewAdam(0.02), Epochs: 6, ClipNorm: 1, Folder: f, SaveEvery: time.Hour}, task
}

func TestLanguageModel_learns(t *testing.T) {
	for _, cell := range zoo.Cells() {
		loop, task := newTextLoop(t, nil, cell)
		for loop.Next(t.Context()) {
		}
		if loop.Err() != nil {
			t.Fatal(loop.Err())
		}
		e := loop.Epoch()
		if bits, _ := e.Validation.Get("val_bits_per_char"); !(bits < 0.3) { // 0.75 for one who forgets
			t.Errorf("%s: %.3f bits a token, want below 0.3", cell, bits)
		}
		if e.Clipped == nil || *e.Clipped < 0 || *e.Clipped > 1 {
			t.Errorf("%s: clipped share %v, want one in [0, 1]", cell, e.Clipped)
		}
		begin := wave(12)
		c, err := task.Continue(begin)
		if err != nil {
			t.Fatal(err)
		}
		sentence := []decode.Sentence{{Start: begin[11], End: 0, MaxLen: 4}}
		found, err := decode.Beam(c, sentence, decode.BeamOptions{Width: 3, NBest: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range found[0][0].Words {
			if want := wave(16)[12+i]; w != want {
				t.Errorf("%s: continued with %v, want %v", cell, found[0][0].Words, wave(16)[12:])
				break
			}
		}
	}
}

// TestLanguageModel_continuation: step by step, the probability of a text is
// that of the whole.
func TestLanguageModel_continuation(t *testing.T) {
	_, task := newTextLoop(t, nil, zoo.LSTM)
	whole := wave(20)
	loss, err := task.Evaluate(whole)
	if err != nil {
		t.Fatal(err)
	}
	c, err := task.Continue(whole[:1])
	if err != nil {
		t.Fatal(err)
	}
	logp, err := decode.Score(c, []decode.Sentence{{Start: whole[0], MaxLen: 99}}, [][]int{whole[1:]})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := -logp[0]/19, loss; math.Abs(got-want) > 1e-5 { // of float32
		t.Errorf("mean −log p step by step %v, of the whole %v", got, want)
	}
}

// TestLanguageModel_resume: a run that is interrupted within an epoch ends with
// the bits of one that is not, the carried state included.
func TestLanguageModel_resume(t *testing.T) {
	train := func(dir string, stop int) {
		f := open(t, dir)
		defer func() { _ = f.Close() }()
		loop, _ := newTextLoop(t, f, zoo.LSTM)
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
		if err := loop.Err(); err != nil && stop == 0 {
			t.Fatal(err)
		}
	}
	whole, parts := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "parts")
	train(whole, 0)
	for _, stop := range []int{4, 13, 0} {
		train(parts, stop)
	}
	same(t, parts, whole)
}

func TestNewLanguageModel_refuses(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	for _, c := range []struct {
		text []int
		o    LanguageModelOpts
		want string
	}{
		{wave(9), LanguageModelOpts{Batch: 0, Steps: 5}, "0 streams"},
		{wave(9), LanguageModelOpts{Batch: 5, Steps: 5}, "a text of 9 tokens"},
		{wave(9), LanguageModelOpts{Batch: 1, Steps: 5, Measure: "surprise"}, `measure "surprise"`},
	} {
		if _, err := NewLanguageModel(store, nil, c.text, nil, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	_, task := newTextLoop(t, nil, zoo.GRU)
	if _, err := task.Evaluate([]int{1}); err == nil || !strings.Contains(err.Error(), "at least 2") {
		t.Errorf("a text of one token: error %v", err)
	}
	if _, err := task.Evaluate([]int{1, 77}); err == nil || !strings.Contains(err.Error(), "77") {
		t.Errorf("a token out of range: error %v", err)
	}
	if _, err := task.Continue(nil); err == nil {
		t.Error("an empty text is continued")
	}
}
