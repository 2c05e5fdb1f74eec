package train

import (
	"slices"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Captions is the task of saying what pictures show, each step given the true
// word before (teacher forcing). Several goroutines may call Write and Evaluate at
// once, while none trains it.
//
// Source: cheatsheet §2.7.
type Captions struct {
	store  *graph.Store
	model  func(s graph.Scope) *zoo.Captioner
	opts   CaptionsOpts
	writer *writer

	train, val              Captioned
	programs, eval, readers *graph.Programs
	epochs                  *datasets.Epochs
	feed                    pairFeed   // of a step
	writing                 sync.Mutex // held by Write
}

// Captioned is pictures with what is said of them.
type Captioned struct {
	Pictures datasets.Dataset
	Words    [][]int // of each picture, without marks of beginning and end
}

// CaptionsOpts are the settings of Captions.
type CaptionsOpts struct {
	Batch int
	Seed  uint64 // of the order of the pictures
	Marks Marks
	// Longest is the most words that are written.
	Longest int
}

// NewCaptions makes the task of training model, whose parameters are named from
// the root of store, on the pictures train, with the pictures val, which may be
// none, for validation. train is nothing where the model is only used.
func NewCaptions(store *graph.Store, model func(s graph.Scope) *zoo.Captioner, train, val Captioned, o CaptionsOpts) (*Captions, error) {
	if o.Batch < 1 || o.Longest < 1 {
		return nil, errors.Errorf("train: batch size %d, at most %d words: expected at least 1 of both", o.Batch, o.Longest)
	}
	for _, c := range []Captioned{train, val} {
		if c.Pictures != nil && c.Pictures.Len() != len(c.Words) {
			return nil, errors.Errorf("train: %d pictures, %d captions, expected as many", c.Pictures.Len(), len(c.Words))
		}
		for i, w := range c.Words {
			if len(w) >= o.Longest {
				return nil, errors.Errorf("train: caption %d has %d words, expected fewer than %d", i, len(w), o.Longest)
			}
		}
	}
	c := &Captions{store: store, model: model, opts: o, train: train, val: val}
	c.epochs = datasets.NewEpochs(train.Pictures, datasets.LoaderOptions{Batch: o.Batch, Seed: o.Seed})
	c.writer = newWriter(store, func(s graph.Scope) *zoo.Decoder { return model(s).Decoder }, o.Marks)
	c.programs = graph.NewPrograms(store, graph.Train, c.build)
	c.eval = graph.NewPrograms(store, graph.Eval, c.build)
	c.readers = graph.NewPrograms(store, graph.Eval, c.buildReader)
	return c, nil
}

// build makes the graph of Batch pictures. Of a graph to evaluate the number of
// tokens guessed wrong is fetched.
func (c *Captions) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	n, steps := size.Batch, c.opts.Longest
	m := c.model(g.Scope())
	x := g.Input(inputName, append([]int{n}, m.Input()...)...)
	tgt, tgtLen := g.InputInts(targetName, steps, n), g.InputInts(targetLenName, n)
	labels := g.Labels(labelsName, steps*n)
	logits, _ := m.Forward(x, tgt)
	return taught(g, logits, labels, tgtLen, steps, compile)
}

// buildReader makes the graph that reads Batch pictures.
func (c *Captions) buildReader(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	m := c.model(g.Scope())
	a, first := m.Encode(g.Input(inputName, append([]int{size.Batch}, m.Input()...)...))
	return compile(nil, c.writer.fetched(m.Decoder, a, nil, first)...)
}

// Store returns the parameters.
func (c *Captions) Store() *graph.Store { return c.store }

// Steps returns the number of batches in an epoch.
func (c *Captions) Steps() int { return c.epochs.Steps() }

// Begin starts an epoch at a batch.
func (c *Captions) Begin(epoch, batch int) { c.epochs.Begin(epoch, batch) }

// Step computes the loss and its gradients for the next batch. The examples that
// the loss is the mean of are the captions' words.
func (c *Captions) Step(step int) (*graph.Program, int, error) {
	b, err := c.epochs.Next()
	if err != nil {
		return nil, 0, err
	}
	prog, err := c.programs.For(graph.Size{Batch: b.N})
	if err != nil {
		return nil, 0, err
	}
	prog.SetStep(step)
	tokens := c.fill(&c.feed, c.train, b)
	return prog, tokens, c.run(prog, &c.feed, b.X)
}

// fill takes the words of a batch and returns how many there are.
func (c *Captions) fill(f *pairFeed, from Captioned, b datasets.Batch) int {
	pairs := make([]TokenPair, b.N)
	index := make([]int, b.N)
	for k, i := range b.Index {
		pairs[k].Target, index[k] = from.Words[i], k
	}
	f.fill(pairs, index, b.N, 0, c.opts.Longest, c.opts.Marks)
	return f.tokens
}

func (c *Captions) run(prog *graph.Program, f *pairFeed, x []float32) error {
	return prog.Run(prog.Input(inputName).Feed(x),
		prog.Input(targetName).FeedInts(f.tgt), prog.Input(targetLenName).FeedInts(f.tgtLen), prog.Input(labelsName).FeedInts(f.labels))
}

// Validate returns val_token_accuracy and val_loss.
func (c *Captions) Validate() (Metrics, error) {
	if c.val.Pictures == nil || c.val.Pictures.Len() == 0 {
		return nil, nil
	}
	e, err := c.Evaluate(c.val)
	return Metrics{{"val_token_accuracy", e.TokenAccuracy}, {"val_loss", e.Loss}}, err
}

// Better reports whether an accuracy is greater than the best.
func (c *Captions) Better(value, best float64) bool { return value > best }

// Close ends the reading of batches.
func (c *Captions) Close() { c.epochs.Close() }

// Build makes the parameters.
func (c *Captions) Build() error {
	_, err := c.eval.For(graph.Size{Batch: 1})
	return err
}

// Evaluate runs the model on pictures with the true words.
func (c *Captions) Evaluate(set Captioned) (TranslationEvaluation, error) {
	var e TranslationEvaluation
	loader := datasets.NewLoader(set.Pictures, datasets.LoaderOptions{Batch: evalBatch, Sequential: true})
	defer loader.Close()
	total := 0
	var f pairFeed
	for loader.Next() {
		b := loader.Batch()
		tokens := c.fill(&f, set, b)
		err := c.eval.Use(graph.Size{Batch: b.N}, func(prog *graph.Program) error {
			if err := c.run(prog, &f, b.X); err != nil {
				return err
			}
			e.Loss += prog.Loss() * float64(tokens)
			e.TokenAccuracy += float64(tokens) - prog.Scalar(prog.Fetched(0))
			return nil
		})
		if err != nil {
			return e, err
		}
		total += tokens
	}
	if err := loader.Err(); err != nil {
		return e, errors.Wrap(err, "evaluate")
	}
	if total == 0 {
		return e, errors.New("evaluate: no pictures, expected at least one")
	}
	e.Loss /= float64(total)
	e.TokenAccuracy /= float64(total)
	return e, nil
}

// Write returns the captions that beam search finds for pictures x [N, C, H, W],
// the best first.
func (c *Captions) Write(x []float32, n int, o decode.BeamOptions) ([][]decode.Hypothesis, error) {
	if n < 1 || len(x)%n != 0 {
		return nil, errors.Errorf("captions: %d values of %d pictures", len(x), n)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	size := len(x) / n
	var found [][]decode.Hypothesis
	for part := range slices.Chunk(x, sentencesAtOnce*size) {
		prog, err := c.readers.For(graph.Size{Batch: len(part) / size})
		if err != nil {
			return nil, err
		}
		if err := prog.Run(prog.Input(inputName).Feed(part)); err != nil {
			return nil, errors.Wrap(err, "captions")
		}
		rows, places := len(part)/size, 1
		if c.writer.attends {
			places = prog.Fetched(1).Dim(1)
		}
		c.writer.take(prog, rows, rows, places, slices.Repeat([]int{places}, rows))
		sentences := slices.Repeat([]decode.Sentence{{Start: c.opts.Marks.Begin, End: c.opts.Marks.End, MaxLen: c.opts.Longest}}, rows)
		some, err := decode.Beam(c.writer, sentences, o)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}
