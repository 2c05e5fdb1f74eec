package bench

import (
	"math"
	"sort"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// The sizes of the language model and of the translation.
const (
	lmBatch, lmSteps, lmWords, lmHidden = 20, 35, 10000, 200

	mtBatch, mtSteps, mtWords, mtHidden, mtBeam = 64, 20, 8000, 256, 5
)

// languageModel is a training step of a word language model with two recurrent
// layers, from the state 0, its gradients clipped to the norm 5.
func (b *bencher) languageModel(layer func(s graph.Scope) nn.Layer, gates int) (*benchTask, error) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.InputInts("x", lmSteps, lmBatch)
	y := g.Labels("y", lmSteps*lmBatch)
	s := g.Scope()
	h := nn.NewEmbedding(s.At("embedding"), lmWords, lmHidden, nn.EmbeddingOpts{}).Forward(x)
	h = layer(s.At("rnn")).Forward(h).Reshape(-1, lmHidden)
	logits := nn.NewLinear(s.At("out"), lmHidden, lmWords).Forward(h)
	prog, err := g.Compile(losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}))
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	solver := solvers.NewSGD(1)
	tokens, labels := below(lmSteps*lmBatch, lmWords), below(lmSteps*lmBatch, lmWords)
	return &benchTask{
		unit: "tokens/s", batch: lmBatch, per: lmSteps * lmBatch,
		flops: 3 * lmBatch * lmSteps * 2 * float64(2*gates*2*lmHidden*lmHidden+lmHidden*lmWords),
		step: func() error {
			if err := prog.Run(x.FeedInts(tokens), y.FeedInts(labels)); err != nil {
				return err
			}
			if _, err := solvers.ClipByGlobalNorm(prog.Gradients(), 5, 1e-6); err != nil {
				return err
			}
			return solver.Step(prog.Gradients())
		},
	}, nil
}

func (b *bencher) lstm() (*benchTask, error) {
	return b.languageModel(func(s graph.Scope) nn.Layer {
		return recurrent.NewLSTM(s, lmHidden, lmHidden, recurrent.Opts{Layers: 2})
	}, 4)
}

func (b *bencher) gru() (*benchTask, error) {
	return b.languageModel(func(s graph.Scope) nn.Layer {
		return recurrent.NewGRU(s, lmHidden, lmHidden, recurrent.Opts{Layers: 2})
	}, 3)
}

// translation is a training step of a sequence-to-sequence model with attention.
func (b *bencher) translation() (*benchTask, error) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	src := g.InputInts("src", mtSteps, mtBatch)
	tgt := g.InputInts("tgt", mtSteps, mtBatch)
	y := g.Labels("y", mtSteps*mtBatch)
	logits, _ := zoo.NewSeq2Seq(g.Scope(), mtWords, mtWords, mtHidden).Forward(src, nil, tgt)
	prog, err := g.Compile(losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{}))
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	solver := solvers.NewAdam(1e-3)
	n := mtSteps * mtBatch
	from, to, labels := below(n, mtWords), below(n, mtWords), below(n, mtWords)
	return &benchTask{
		unit: "target tokens/s", batch: mtBatch, per: float64(n),
		step: func() error {
			if err := prog.Run(src.FeedInts(from), tgt.FeedInts(to), y.FeedInts(labels)); err != nil {
				return err
			}
			if _, err := solvers.ClipByGlobalNorm(prog.Gradients(), 1, 1e-6); err != nil {
				return err
			}
			return solver.Step(prog.Gradients())
		},
	}, nil
}

// beamSearch translates one sentence with a beam of five, twenty steps long.
func (b *bencher) beamSearch() (*benchTask, error) {
	store := graph.NewStore(graph.Float32, 1)
	encode := graph.New(store, graph.Eval)
	src := encode.InputInts("src", mtSteps, 1)
	a, _, first := zoo.NewSeq2Seq(encode.Scope(), mtWords, mtWords, mtHidden).Encode(src, nil)
	encoder, err := encode.Compile(nil, a, first)
	if err != nil {
		return nil, err
	}
	step := graph.New(store, graph.Eval)
	model := zoo.NewSeq2Seq(step.Scope(), mtWords, mtWords, mtHidden)
	memory := step.Input("a", 1, mtSteps, 2*mtHidden)
	state := step.Input("state", mtBeam, mtHidden)
	token := step.InputInts("token", mtBeam)
	e := model.Embed(token)
	next, c, _ := model.Step(e, state, model.Remember(memory, nil))
	logp := model.Logits(next, c, e).LogSoftmax(-1)
	stepper, err := step.Compile(nil, next, logp)
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, encoder, stepper)
	sentence := below(mtSteps, mtWords)
	beam := newBeam()
	return &benchTask{
		unit: "sentences/s", batch: 1, per: 1, extra: map[string]any{"beam": mtBeam},
		step: func() error {
			if err := encoder.Run(src.FeedInts(sentence)); err != nil {
				return err
			}
			beam.begin(encoder.Float32s(first))
			for range mtSteps {
				if err := stepper.Run(memory.Feed(encoder.Float32s(a)), state.Feed(beam.states), token.FeedInts(beam.tokens)); err != nil {
					return err
				}
				beam.advance(stepper.Float32s(logp), stepper.Float32s(next))
			}
			return nil
		},
	}, nil
}

// beam is the state of a beam search over hypotheses of one sentence.
type beam struct {
	scores []float64
	tokens []int
	states []float32
	best   []extension
}

// extension is a hypothesis with one more token.
type extension struct {
	score         float64
	parent, token int
}

func newBeam() *beam {
	return &beam{
		scores: make([]float64, mtBeam), tokens: make([]int, mtBeam),
		states: make([]float32, mtBeam*mtHidden), best: make([]extension, 0, mtBeam+1),
	}
}

// begin starts from one hypothesis.
func (b *beam) begin(state []float32) {
	for k := range b.scores {
		b.scores[k], b.tokens[k] = math.Inf(-1), 0
		copy(b.states[k*mtHidden:], state)
	}
	b.scores[0] = 0
}

// advance keeps the best extensions of all hypotheses.
func (b *beam) advance(logp, states []float32) {
	b.best = b.best[:0]
	for k, score := range b.scores {
		if math.IsInf(score, -1) {
			continue
		}
		for v, l := range logp[k*mtWords : (k+1)*mtWords] {
			s := score + float64(l)
			if len(b.best) == mtBeam && s <= b.best[mtBeam-1].score {
				continue
			}
			at := sort.Search(len(b.best), func(i int) bool { return b.best[i].score < s })
			b.best = append(b.best, extension{})
			copy(b.best[at+1:], b.best[at:])
			b.best[at] = extension{s, k, v}
			b.best = b.best[:min(len(b.best), mtBeam)]
		}
	}
	for i, e := range b.best {
		b.scores[i], b.tokens[i] = e.score, e.token
		copy(b.states[i*mtHidden:(i+1)*mtHidden], states[e.parent*mtHidden:])
	}
}
