package zoo_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// sequences are small models of sequences with a batch that each can learn by
// heart: four steps, three sequences of the lengths 4, 1 and 2.
func sequences() map[string]func(g *graph.Graph) (loss *graph.Node, feeds []graph.Feed) {
	const T, N, L = 4, 3, 5
	words := []int{1, 2, 3, 4, 0, 5, 3, 0, 0, 6, 0, 0}
	tags := []int{0, 1, 2, 1, 0, 0, 2, 0, 0, 1, 0, 0}
	read := func(g *graph.Graph) (x, lengths *graph.Node, feeds []graph.Feed) {
		x, lengths = g.InputInts("words", T, N), g.InputInts("lengths", N)
		return x, lengths, []graph.Feed{x.FeedInts(words), lengths.FeedInts([]int{4, 1, 2})}
	}
	all := map[string]func(g *graph.Graph) (*graph.Node, []graph.Feed){
		"sentiment": func(g *graph.Graph) (*graph.Node, []graph.Feed) {
			x, lengths, feeds := read(g)
			y := g.Labels("y", N)
			logits := zoo.NewSentiment(g.Scope(), 7, 2, zoo.SentimentOpts{Embedding: 4, Hidden: 3, Dropout: 0.01}).Forward(x, lengths)
			return losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}), append(feeds, y.FeedInts([]int{1, 0, 1}))
		},
		"tagger": func(g *graph.Graph) (*graph.Node, []graph.Feed) {
			x, lengths, feeds := read(g)
			c, y := g.InputInts("characters", T, N, L), g.InputInts("y", T, N)
			letters := make([]int, T*N*L) // without 0, whose vector gets no gradient
			for i, w := range words {
				for k := range L {
					letters[i*L+k] = 1 + (w*k+k*k+w)%5
				}
			}
			o := zoo.TaggerOpts{Embedding: 4, Character: 3, Filters: 4, Hidden: 3, Dropout: 0.01}
			logits := zoo.NewTagger(g.Scope(), 7, 6, 3, o).Forward(x, c, lengths)
			loss, _ := losses.Sequence(logits, y, lengths.LengthMaskByTime(T), losses.MeanSteps)
			return loss, append(feeds, c.FeedInts(letters), y.FeedInts(tags))
		},
	}
	for _, cell := range zoo.Cells() {
		all[string(cell)+" language model"] = func(g *graph.Graph) (*graph.Node, []graph.Feed) {
			m := zoo.NewLanguageModel(g.Scope(), 7, zoo.LanguageModelOpts{Cell: cell, Embedding: 4, Hidden: 5, Layers: 2})
			x, y := g.InputInts("x", T, N), g.Labels("y", T*N)
			feeds := []graph.Feed{x.FeedInts(words), y.FeedInts([]int{1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1})}
			var states []*graph.Node
			for i, shape := range m.StateShapes(N) {
				s := g.Input(string(rune('a'+i)), shape...)
				states = append(states, s)
				v := make([]float64, s.Len())
				for k := range v {
					v[k] = 0.1 * float64(k%3-1)
				}
				feeds = append(feeds, s.FeedFloat64s(v))
			}
			logits, _ := m.Forward(x, states)
			return losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}), feeds
		}
	}
	return all
}

func TestSequences_learnOneBatch(t *testing.T) {
	for name, build := range sequences() {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
		loss, feeds := build(g)
		prog, err := g.Compile(loss)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(prog.Unreached()) > 0 {
			t.Errorf("%s: parameters without gradient: %v", name, prog.Unreached())
		}
		solver := solvers.NewAdam(0.03)
		for step := range 200 {
			prog.SetStep(step)
			if err := prog.Run(feeds...); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := solver.Step(prog.Gradients()); err != nil {
				t.Fatal(err)
			}
		}
		if !(prog.Loss() < 0.1) { // all begin near log 2 or above
			t.Errorf("%s: loss %.3f after 200 steps, want below 0.1", name, prog.Loss())
		}
	}
}

func TestSequences_gradients(t *testing.T) {
	for name, build := range sequences() {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		loss, feeds := build(g)
		prog, err := g.Compile(loss)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := prog.Run(feeds...); err != nil {
			t.Fatal(err)
		}
		report, err := gradcheck.Check(prog, gradcheck.Opts{Most: 10, Step: 1e-5})
		if err != nil {
			t.Fatal(err)
		}
		// Rounding of the loss over the step; some gradients are near 1e-4.
		if w := report.Worst(); !w.Right(1e-5) {
			t.Errorf("%s: %s: relative error %g", name, w.Name, w.RelativeError)
		}
	}
}

func TestLanguageModel_wrongStates(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	m := zoo.NewLanguageModel(g.Scope(), 7, zoo.LanguageModelOpts{Cell: zoo.LSTM})
	logits, _ := m.Forward(g.InputInts("x", 4, 3), []*graph.Node{g.Input("h", 1, 3, 256)})
	if _, err := g.Compile(nil, logits); err == nil || !strings.Contains(err.Error(), "1 states, expected the 2 of lstm") {
		t.Errorf("error %v", err)
	}
}
