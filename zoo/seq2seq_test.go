package zoo_test

import (
	"fmt"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// The sizes of the small translator below.
const (
	srcWords, tgtWords, units = 7, 6, 4
	srcLen, tgtLen, sentences = 5, 3, 3
)

// variants are the settings that differ in their graphs.
func variants() map[string]zoo.Seq2SeqOpts {
	all := map[string]zoo.Seq2SeqOpts{
		"lstm":          {DecoderOpts: zoo.DecoderOpts{Cell: zoo.LSTM}},
		"cheatsheet":    {DecoderOpts: zoo.DecoderOpts{Cell: zoo.CheatsheetGRU, Readout: zoo.Direct}},
		"no_attention":  {DecoderOpts: zoo.DecoderOpts{NoAttention: true}},
		"tied":          {DecoderOpts: zoo.DecoderOpts{Embedding: 3, Readout: zoo.HiddenWord, Tied: true}, MeanStart: true},
		"lstm_no_tied":  {DecoderOpts: zoo.DecoderOpts{Cell: zoo.LSTM, NoAttention: true, Tied: true}, MeanStart: true},
		"narrow_scores": {DecoderOpts: zoo.DecoderOpts{Width: 2}},
	}
	for _, s := range []recurrent.Score{recurrent.Additive, recurrent.General, recurrent.Concat} {
		all[s.String()] = zoo.Seq2SeqOpts{DecoderOpts: zoo.DecoderOpts{Score: s}}
	}
	return all
}

// TestSeq2Seq_gradients: numerical gradients in float64, of sources and targets
// of unlike lengths.
func TestSeq2Seq_gradients(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float64, 3), graph.Train)
			src, lengths := g.InputInts("src", srcLen, sentences), g.InputInts("lengths", sentences)
			tgt, labels := g.InputInts("tgt", tgtLen, sentences), g.InputInts("labels", tgtLen, sentences)
			ends := g.InputInts("ends", sentences)
			logits, _ := zoo.NewSeq2SeqWith(g.Scope(), srcWords, tgtWords, units, o).Forward(src, lengths, tgt)
			loss, _ := losses.Sequence(logits.Reshape(tgtLen, sentences, tgtWords), labels, ends.LengthMaskByTime(tgtLen), losses.MeanSteps)
			prog, err := g.Compile(loss)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(
				src.FeedInts(cycle(srcLen*sentences, srcWords)), lengths.FeedInts([]int{5, 2, 0}),
				tgt.FeedInts(cycle(tgtLen*sentences, tgtWords)), labels.FeedInts(cycle(tgtLen*sentences, tgtWords-1)), ends.FeedInts([]int{3, 2, 1}),
			); err != nil {
				t.Fatal(err)
			}
			report, err := gradcheck.Check(prog, gradcheck.Opts{Step: 1e-4})
			if err != nil {
				t.Fatal(err)
			}
			// Gradients of the scores are near 1e-7: steps of 1e-4 keep the rounding of the loss, 1e-16/1e-4, far below them.
			if w := report.Worst(); !w.Right(1e-6) {
				t.Errorf("%s: relative error %.2g at %d: numerical %g, analytical %g", w.Name, w.RelativeError, w.Index, w.Numerical, w.Analytical)
			}
		})
	}
}

func cycle(n, below int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = (i*5 + 2) % below
	}
	return out
}

// TestSeq2Seq_padding: what lies behind the end of a source changes nothing,
// whichever words are there and however long the batch is.
func TestSeq2Seq_padding(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			store := graph.NewStore(graph.Float64, 3)
			run := func(steps int, filler int) []float64 {
				g := graph.New(store, graph.Eval)
				src, lengths, tgt := g.InputInts("src", steps, 1), g.InputInts("lengths", 1), g.InputInts("tgt", tgtLen, 1)
				logits, _ := zoo.NewSeq2SeqWith(g.Scope(), srcWords, tgtWords, units, o).Forward(src, lengths, tgt)
				prog, err := g.Compile(nil, logits)
				if err != nil {
					t.Fatal(err)
				}
				words := []int{3, 1, 4}
				for len(words) < steps {
					words = append(words, filler)
				}
				if err := prog.Run(src.FeedInts(words), lengths.FeedInts([]int{3}), tgt.FeedInts([]int{1, 2, 3})); err != nil {
					t.Fatal(err)
				}
				return prog.Values(logits)
			}
			short, long, other := run(3, 0), run(srcLen, 0), run(srcLen, 6)
			for i := range short {
				// Sums of another length may round otherwise.
				if d := short[i] - long[i]; d > 1e-12 || d < -1e-12 || long[i] != other[i] {
					t.Fatalf("logit %d: %g alone, %g padded with 0, %g with 6", i, short[i], long[i], other[i])
				}
			}
		})
	}
}

// TestSeq2Seq_tiedSizes: a readout that is not of the embedding's size cannot
// share its weights.
func TestSeq2Seq_tiedSizes(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 3), graph.Train)
	zoo.NewSeq2SeqWith(g.Scope(), srcWords, tgtWords, units, zoo.Seq2SeqOpts{DecoderOpts: zoo.DecoderOpts{Readout: zoo.Direct, Tied: true}})
	if err := g.Err(); err == nil || fmt.Sprint(err) != "decoder: a readout of 12 numbers, embeddings of 4: expected as many where they are tied" {
		t.Errorf("error %v", err)
	}
}

// TestCaptioner_gradients: numerical gradients in float64, and pictures whose
// sides do not fit.
func TestCaptioner_gradients(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 3), graph.Train)
	x, tgt, labels := g.Input("x", 2, 1, 8, 8), g.InputInts("tgt", tgtLen, 2), g.Labels("labels", tgtLen*2)
	logits, _ := zoo.NewCaptioner(g.Scope(), []int{1, 8, 8}, tgtWords, units, zoo.DecoderOpts{}).Forward(x, tgt)
	prog, err := g.Compile(losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{}))
	if err != nil {
		t.Fatal(err)
	}
	picture := make([]float64, 2*64)
	for i := range picture {
		picture[i] = float64(i*37%101) / 101
	}
	if err := prog.Run(x.FeedFloat64s(picture), tgt.FeedInts(cycle(tgtLen*2, tgtWords)), labels.FeedInts(cycle(tgtLen*2, tgtWords-1))); err != nil {
		t.Fatal(err)
	}
	report, err := gradcheck.Check(prog, gradcheck.Opts{Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	// The gradients of the scores are near 1e-8, where the loss is rounded to 1e-9 of a step.
	if w := report.Worst(); !w.Right(1e-5) && w.Numerical*w.Numerical > 1e-14 {
		t.Errorf("%s: relative error %.2g at %d: numerical %g, analytical %g", w.Name, w.RelativeError, w.Index, w.Numerical, w.Analytical)
	}
	zoo.NewCaptioner(g.Scope(), []int{1, 9, 8}, tgtWords, units, zoo.DecoderOpts{})
	if g.Err() == nil {
		t.Error("pictures of 9×8: no error")
	}
}

// TestSeq2Seq_memory: attention needs memory as T_x·T_y: the hyperbolic tangents
// of the scores, K times as many, are never kept.
func TestSeq2Seq_memory(t *testing.T) {
	const steps, width = 60, 64
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	src, tgt, labels := g.InputInts("src", steps, 1), g.InputInts("tgt", steps, 1), g.Labels("labels", steps)
	o := zoo.Seq2SeqOpts{DecoderOpts: zoo.DecoderOpts{Embedding: 2, Width: width}}
	logits, _ := zoo.NewSeq2SeqWith(g.Scope(), srcWords, tgtWords, 2, o).Forward(src, nil, tgt)
	prog, err := g.Compile(losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{}))
	if err != nil {
		t.Fatal(err)
	}
	if got, kept := prog.Memory().Arena, 4*steps*steps*width; got > kept {
		t.Errorf("%d bytes, the tangents alone would have %d", got, kept)
	}
}
