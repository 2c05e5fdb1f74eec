package train_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// A small language: 0 fills up, 1 begins, 2 ends, then words. A sentence is
// translated by writing it backwards.
const mirrorWords = 9

var mirrorMarks = train.Marks{Begin: 1, End: 2, Barred: []int{0, 1}}

func mirrorPairs(n, longest int) []train.TokenPair {
	var pairs []train.TokenPair
	for i := range n {
		var p train.TokenPair
		for k := range 1 + i%longest {
			p.Source = append(p.Source, 3+(i*7+k*k*3+k)%(mirrorWords-3))
		}
		p.Target = slices.Clone(p.Source)
		slices.Reverse(p.Target)
		p.Source = append(p.Source, mirrorMarks.End)
		pairs = append(pairs, p)
	}
	return pairs
}

func mirror(o zoo.Seq2SeqOpts) func(s graph.Scope) *zoo.Seq2Seq {
	return func(s graph.Scope) *zoo.Seq2Seq { return zoo.NewSeq2SeqWith(s, mirrorWords, mirrorWords, 24, o) }
}

func newMirror(t *testing.T, o zoo.Seq2SeqOpts, pairs, val []train.TokenPair) *train.Translation {
	t.Helper()
	task, err := train.NewTranslation(graph.NewStore(graph.Float32, 1), mirror(o), pairs, val, train.TranslationOpts{Batch: 16, Seed: 1, Marks: mirrorMarks})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// TestTranslation_learns: sentences are written backwards after a few epochs,
// by each kind of decoder.
func TestTranslation_learns(t *testing.T) {
	pairs := mirrorPairs(160, 5)
	for name, o := range map[string]zoo.Seq2SeqOpts{
		"additive":     {},
		"lstm":         {DecoderOpts: zoo.DecoderOpts{Cell: zoo.LSTM, Score: recurrent.General}},
		"no_attention": {DecoderOpts: zoo.DecoderOpts{NoAttention: true}},
		"tied":         {DecoderOpts: zoo.DecoderOpts{Readout: zoo.HiddenWord, Tied: true}, MeanStart: true},
	} {
		t.Run(name, func(t *testing.T) {
			task := newMirror(t, o, pairs, pairs[:40])
			loop := &train.Loop{Task: task, Solver: solvers.NewAdam(1e-2), Epochs: 30, ClipNorm: 1}
			for loop.Next(t.Context()) {
				if v, _ := loop.Epoch().Validation.Get("val_token_accuracy"); v == 1 {
					break
				}
			}
			if err := loop.Err(); err != nil {
				t.Fatal(err)
			}
			found, err := task.Translator().Translate(sourcesOf(pairs[:40]), decode.BeamOptions{Width: 3, NBest: 1, Alpha: 0.7})
			if err != nil {
				t.Fatal(err)
			}
			wrong := 0
			for i, f := range found {
				if !slices.Equal(train.Best(f), pairs[i].Target) {
					wrong++
				}
			}
			if wrong > 4 { // of 40; an untrained one has 40 wrong
				t.Errorf("%d of 40 wrong, %v for %v", wrong, train.Best(found[4]), pairs[4])
			}
		})
	}
}

func sourcesOf(pairs []train.TokenPair) [][]int {
	all := make([][]int, len(pairs))
	for i, p := range pairs {
		all[i] = p.Source
	}
	return all
}

// TestTranslator_alone: what is found for a sentence, and its probability, do not
// depend on those that it shares a batch with; B = 1 is greedy; the score of
// what was found is what the search says.
func TestTranslator_alone(t *testing.T) {
	pairs := mirrorPairs(45, 9) // more than are read at once, of unlike lengths
	for name, o := range map[string]zoo.Seq2SeqOpts{
		"additive": {}, "lstm_dot": {DecoderOpts: zoo.DecoderOpts{Cell: zoo.LSTM, Score: recurrent.General}}, "none": {DecoderOpts: zoo.DecoderOpts{NoAttention: true}},
	} {
		t.Run(name, func(t *testing.T) {
			tr := newMirror(t, o, pairs, nil).Translator()
			for _, width := range []int{1, 4} {
				options := decode.BeamOptions{Width: width, Alpha: 0.5}
				together, err := tr.Translate(sourcesOf(pairs), options)
				if err != nil {
					t.Fatal(err)
				}
				var best [][]int
				for i, p := range pairs {
					alone, err := tr.Translate([][]int{p.Source}, options)
					if err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(alone[0][0].Words, together[i][0].Words) || differ(alone[0][0].LogProb, together[i][0].LogProb) {
						t.Fatalf("beam %d, sentence %d: %v alone, %v among others", width, i, alone[0][0], together[i][0])
					}
					best = append(best, together[i][0].Words)
				}
				scores, err := tr.Score(sourcesOf(pairs), best)
				if err != nil {
					t.Fatal(err)
				}
				for i, s := range scores {
					if differ(s, together[i][0].LogProb) {
						t.Fatalf("beam %d, sentence %d: score %g, found with %g", width, i, s, together[i][0].LogProb)
					}
				}
			}
			if err := tr.Read(sourcesOf(pairs[:8])); err != nil {
				t.Fatal(err)
			}
			var sentences []decode.Sentence
			for _, p := range pairs[:8] {
				sentences = append(sentences, tr.Sentence(len(p.Source)))
			}
			greedy, err := decode.Greedy(tr, sentences)
			if err != nil {
				t.Fatal(err)
			}
			beam, err := decode.Beam(tr, sentences, decode.BeamOptions{Width: 1})
			if err != nil {
				t.Fatal(err)
			}
			for i := range greedy {
				if !slices.Equal(greedy[i].Words, beam[i][0].Words) {
					t.Errorf("sentence %d: greedy %v, a beam of 1 %v", i, greedy[i].Words, beam[i][0].Words)
				}
			}
		})
	}
}

// differ tells whether two sums of float32 log-probabilities differ by more than
// rounding in matrix products of other sizes.
func differ(a, b float64) bool { return a-b > 1e-4 || b-a > 1e-4 }

// TestTranslator_wideBeam: a beam wider than the vocabulary is no fault, and
// neither is a source longer than any that was trained on.
func TestTranslator_wideBeam(t *testing.T) {
	task := newMirror(t, zoo.Seq2SeqOpts{}, mirrorPairs(20, 3), nil)
	long := slices.Repeat([]int{3, 4, 5}, 40)
	found, err := task.Translator().Translate([][]int{{3, 2}, long}, decode.BeamOptions{Width: 5 * mirrorWords, NBest: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		if len(f) != 3 || f[0].Objective < f[1].Objective {
			t.Errorf("sentence %d: %v", i, f)
		}
	}
}

func TestTranslation_wrongUse(t *testing.T) {
	store := func() *graph.Store { return graph.NewStore(graph.Float32, 1) }
	pairs := mirrorPairs(4, 3)
	for _, c := range []struct {
		name       string
		train, val []train.TokenPair
		o          train.TranslationOpts
		want       string
	}{
		{"batch", pairs, nil, train.TranslationOpts{}, "batch size 0"},
		{"nothing", []train.TokenPair{}, nil, train.TranslationOpts{Batch: 1}, "no pairs"},
		{"empty", append([]train.TokenPair{{}}, pairs...), nil, train.TranslationOpts{Batch: 1}, "pair 0: a source without tokens"},
		{"references", pairs, pairs, train.TranslationOpts{Batch: 1, Text: func([]int) (string, error) { return "", nil }}, "0 references for 4 pairs"},
	} {
		_, err := train.NewTranslation(store(), mirror(zoo.Seq2SeqOpts{}), c.train, c.val, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	tr := newMirror(t, zoo.Seq2SeqOpts{}, pairs, nil).Translator()
	if err := tr.Read([][]int{{3}, nil}); err == nil || !strings.Contains(err.Error(), "sentence 1 has no tokens") {
		t.Errorf("error %v", err)
	}
}

// TestTranslation_begin: an epoch that begins at a batch goes on with the batches
// that the whole epoch has there; another epoch has another order.
func TestTranslation_begin(t *testing.T) {
	losses := func(epoch, at int) []float64 {
		task := newMirror(t, zoo.Seq2SeqOpts{DecoderOpts: zoo.DecoderOpts{Dropout: 0.2}}, mirrorPairs(90, 7), nil)
		task.Begin(epoch, at)
		var all []float64
		for step := at; step < task.Steps(); step++ {
			prog, _, err := task.Step(step)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, prog.Loss())
		}
		return all
	}
	whole, rest, other := losses(0, 0), losses(0, 3), losses(1, 0)
	if !slices.Equal(whole[3:], rest) || slices.Equal(whole, other) {
		t.Errorf("the epoch: %v\nfrom batch 3: %v\nanother epoch: %v", whole, rest, other)
	}
}

func TestTogether_translator(t *testing.T) {
	for _, o := range []zoo.Seq2SeqOpts{{}, {DecoderOpts: zoo.DecoderOpts{NoAttention: true}}} {
		pairs := mirrorPairs(8, 5)
		task := newMirror(t, o, pairs, nil)
		translator := task.Translator()
		train.Together(t, func(q int) (any, error) {
			return translator.Translate(sourcesOf(pairs[q:q+1+q]), decode.BeamOptions{Width: 2, NBest: 1})
		})
		train.Together(t, func(q int) (any, error) { return task.Evaluate(pairs[q : q+2]) })
	}
}
