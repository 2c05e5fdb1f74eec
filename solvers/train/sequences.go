package train

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

// Sequence is a sequence of tokens with its label, or one a token.
type Sequence struct {
	Tokens []int
	// Characters are those of each token; nil where the model reads none.
	Characters [][]int
	// Labels is one number, or one a token. −1 is the label of what no model
	// can get right, such as a class that training has not seen: it counts in
	// no loss. NoLabel counts nowhere.
	Labels []int
}

// NoLabel is the label of a token that nobody has labelled.
const NoLabel = -2

// SequenceModel makes logits of a batch of sequences: words [T, N], their
// characters [T, N, L] or nil, and lengths [N] → [N, classes] for a label a
// sequence, [T, N, classes] for one a token.
type SequenceModel func(words, characters, lengths *graph.Node) *graph.Node

// Sequences is the task of labelling sequences: each as a whole, many-to-one,
// or each of its tokens, many-to-many with T_x = T_y. A batch holds sequences of
// like length, filled up to one of few lengths; what fills them up counts in no
// loss. Several goroutines may call Evaluate at once, while none trains it.
//
// Source: cheatsheet §2.1.
type Sequences struct {
	store *graph.Store
	model func(s graph.Scope) SequenceModel
	opts  SequencesOpts

	train, val     []Sequence
	bounds         []int // the lengths to which sequences are filled up
	programs, eval *graph.Programs
	order          [][]int // the batches of the epoch
	epoch, at      int
	batch          padded
}

// SequencesOpts are the settings of Sequences.
type SequencesOpts struct {
	Batch    int
	DropLast bool   // leave out a batch that is not full
	Seed     uint64 // of the order of the sequences and of Replace
	// PerToken says that each token has a label.
	PerToken bool
	// Characters is how many characters of a token the model reads; 0 means
	// that it reads none.
	Characters int
	// Replace is the probability with which a token is replaced by Unknown in
	// training, so that the model learns what to make of unknown ones.
	Replace func(token int) float64
	Unknown int
	// Measure returns what counts for the validation, the first metric most; nil
	// means val_accuracy. Greater is better.
	Measure func(val []Sequence, e *SequencesEvaluation) Metrics
}

// The names of the inputs besides labelsName.
const (
	wordsName      = "words"
	charactersName = "characters"
	lengthsName    = "lengths"
	weightsName    = "weights"
)

// maxBounds is how many lengths batches are filled up to: each is a program, of
// which sixteen are kept.
const maxBounds = 12

// NewSequences makes the task of training model, whose parameters are named
// from the root of store, on the sequences train, with val, which may be empty,
// for validation. train is nil where the model is only used.
func NewSequences(store *graph.Store, model func(s graph.Scope) SequenceModel, train, val []Sequence, o SequencesOpts) (*Sequences, error) {
	if o.Batch < 1 {
		return nil, errors.Errorf("train: batch size %d, expected at least 1", o.Batch)
	}
	if train != nil && len(train) == 0 {
		return nil, errors.New("train: the data set is empty, expected at least one sequence")
	}
	if train != nil && o.DropLast && o.Batch > len(train) {
		return nil, errors.Errorf("train: batch size %d with the last, smaller batch dropped leaves nothing of %d sequences", o.Batch, len(train))
	}
	s := &Sequences{store: store, model: model, opts: o, train: train, val: val}
	for i, x := range train {
		if err := s.check(x); err != nil {
			return nil, errors.Wrapf(err, "train: sequence %d", i)
		}
	}
	if len(train) > 0 {
		var err error
		if s.bounds, err = text.Bounds(lengthsOf(train), maxBounds); err != nil {
			return nil, errors.Wrap(err, "train")
		}
	}
	s.programs = graph.NewPrograms(store, graph.Train, s.build)
	s.eval = graph.NewPrograms(store, graph.Eval, s.build)
	return s, nil
}

// check returns an error for a sequence that no batch can hold.
func (s *Sequences) check(x Sequence) error {
	want := 1
	if s.opts.PerToken {
		want = len(x.Tokens)
	}
	switch {
	case len(x.Tokens) == 0:
		return errors.New("no token, expected at least 1")
	case len(x.Labels) != want:
		return errors.Errorf("%d labels of %d tokens, expected %d", len(x.Labels), len(x.Tokens), want)
	case s.opts.Characters > 0 && len(x.Characters) != len(x.Tokens):
		return errors.Errorf("the characters of %d tokens, expected those of %d", len(x.Characters), len(x.Tokens))
	}
	return nil
}

func lengthsOf(list []Sequence) []int {
	lengths := make([]int, len(list))
	for i, x := range list {
		lengths[i] = len(x.Tokens)
	}
	return lengths
}

// build makes the graph of Batch sequences of Length tokens.
func (s *Sequences) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	steps, n := size.Length, size.Batch
	words, lengths := g.InputInts(wordsName, steps, n), g.InputInts(lengthsName, n)
	var characters *graph.Node
	if s.opts.Characters > 0 {
		characters = g.InputInts(charactersName, steps, n, s.opts.Characters)
	}
	logits := s.model(g.Scope())(words, characters, lengths)
	var loss *graph.Node
	if s.opts.PerToken {
		labels, weights := g.InputInts(labelsName, steps, n), g.Input(weightsName, steps, n)
		loss, _ = losses.Sequence(logits, labels, weights, losses.MeanSteps)
	} else {
		labels, weights := g.Labels(labelsName, n), g.Input(weightsName, n)
		loss = losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{Weights: weights})
	}
	return compile(loss, logits)
}

// padded is a batch filled up.
type padded struct {
	steps, rows                        int
	words, characters, lengths, labels []int
	weights                            []float32
	counted                            int // labels that count
}

// fill makes the batch of the sequences list, in rows rows of steps tokens. A
// row without a sequence has one token and weight 0.
func (b *padded) fill(list []Sequence, steps, rows int, o SequencesOpts) {
	perRow := 1
	if o.PerToken {
		perRow = steps
	}
	b.steps, b.rows, b.counted = steps, rows, 0
	b.words = zeroed(b.words, steps*rows)
	b.characters = zeroed(b.characters, steps*rows*o.Characters)
	b.lengths = zeroed(b.lengths, rows)
	b.labels = zeroed(b.labels, perRow*rows)
	b.weights = zeroed(b.weights, perRow*rows)
	for n := range rows {
		if n >= len(list) {
			b.lengths[n] = 1
			continue
		}
		x := list[n]
		b.lengths[n] = len(x.Tokens)
		for t, w := range x.Tokens {
			b.words[t*rows+n] = w
			if o.Characters > 0 {
				at := (t*rows + n) * o.Characters
				copy(b.characters[at:at+o.Characters], x.Characters[t])
			}
		}
		for t, y := range x.Labels {
			if y >= 0 {
				b.labels[t*rows+n], b.weights[t*rows+n] = y, 1
				b.counted++
			}
		}
	}
}

// zeroed returns n zeros in the memory of x where they fit.
func zeroed[T any](x []T, n int) []T {
	x = slices.Grow(x[:0], n)[:n]
	clear(x)
	return x
}

// size is that of the program for a batch.
func (b *padded) size() graph.Size { return graph.Size{Batch: b.rows, Length: b.steps} }

// run runs a program on a batch.
func (s *Sequences) run(prog *graph.Program, b *padded, step int) error {
	prog.SetStep(step)
	feeds := []graph.Feed{
		prog.Input(wordsName).FeedInts(b.words), prog.Input(lengthsName).FeedInts(b.lengths),
		prog.Input(labelsName).FeedInts(b.labels), prog.Input(weightsName).Feed(b.weights),
	}
	if s.opts.Characters > 0 {
		feeds = append(feeds, prog.Input(charactersName).FeedInts(b.characters))
	}
	return prog.Run(feeds...)
}

// Store returns the parameters.
func (s *Sequences) Store() *graph.Store { return s.store }

// Steps returns the number of batches in an epoch.
func (s *Sequences) Steps() int {
	if s.opts.DropLast {
		return len(s.train) / s.opts.Batch
	}
	return (len(s.train) + s.opts.Batch - 1) / s.opts.Batch
}

// Begin starts an epoch at a batch.
func (s *Sequences) Begin(epoch, batch int) {
	s.epoch, s.at = epoch, batch
	// The batch size and the lengths are checked: there is no error.
	s.order, _ = text.Batches(lengthsOf(s.train), s.opts.Batch, s.opts.Seed, epoch)
	if s.opts.DropLast {
		s.order = slices.DeleteFunc(s.order, func(b []int) bool { return len(b) < s.opts.Batch })
	}
}

// Step computes the loss and its gradients for the next batch.
func (s *Sequences) Step(step int) (*graph.Program, int, error) {
	if s.at >= len(s.order) {
		return nil, 0, errors.New("the epoch has fewer batches than expected")
	}
	list := make([]Sequence, len(s.order[s.at]))
	longest := 0
	for i, k := range s.order[s.at] {
		list[i] = s.train[k]
		if s.opts.Replace != nil {
			list[i].Tokens = s.replaced(k)
		}
		longest = max(longest, len(list[i].Tokens))
	}
	s.at++
	s.batch.fill(list, text.Bound(s.bounds, longest), s.opts.Batch, s.opts)
	prog, err := s.programs.For(s.batch.size())
	if err != nil {
		return nil, 0, err
	}
	return prog, s.batch.counted, s.run(prog, &s.batch, step)
}

// replaced returns the tokens of a sequence, some of them replaced: a function
// of seed, epoch and sequence.
func (s *Sequences) replaced(i int) []int {
	r := rand.New(rand.NewPCG(s.opts.Seed^uint64(s.epoch)<<32, uint64(i)))
	tokens := slices.Clone(s.train[i].Tokens)
	for t, w := range tokens {
		if r.Float64() < s.opts.Replace(w) {
			tokens[t] = s.opts.Unknown
		}
	}
	return tokens
}

// Validate returns what Measure says, and val_loss.
func (s *Sequences) Validate() (Metrics, error) {
	if len(s.val) == 0 {
		return nil, nil
	}
	e, err := s.Evaluate(s.val)
	if err != nil {
		return nil, err
	}
	m := Metrics{{"val_accuracy", e.Accuracy}}
	if s.opts.Measure != nil {
		m = s.opts.Measure(s.val, e)
	}
	return append(m, Metric{"val_loss", e.Loss}), nil
}

// Better reports whether a measure is greater than the best.
func (s *Sequences) Better(value, best float64) bool { return value > best }

// Close does nothing: nothing runs in the background.
func (s *Sequences) Close() {}

// SequencesEvaluation is what a model makes of sequences.
type SequencesEvaluation struct {
	Loss     float64 // the mean cross-entropy over the labels that count
	Accuracy float64 // the share of the labels that are right
	// Guesses are the surest labels, Confidence their probabilities: those of
	// each sequence, in the order of the sequences.
	Guesses    [][]int
	Confidence [][]float64
	Labels     int // how many there are, but for NoLabel
}

// evalSequences is how many sequences are evaluated at once.
const evalSequences = 64

// Evaluate runs the model on sequences.
func (s *Sequences) Evaluate(list []Sequence) (*SequencesEvaluation, error) {
	for i, x := range list {
		if err := s.check(x); err != nil {
			return nil, errors.Wrapf(err, "evaluate: sequence %d", i)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("evaluate: the data set is empty, expected at least one sequence")
	}
	lengths := lengthsOf(list)
	bounds, err := text.Bounds(lengths, maxBounds)
	if err != nil {
		return nil, errors.Wrap(err, "evaluate")
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lengths[a], lengths[b]) })
	e := &SequencesEvaluation{Guesses: make([][]int, len(list)), Confidence: make([][]float64, len(list))}
	right, counted := 0, 0
	for chunk := range slices.Chunk(order, evalSequences) {
		part := make([]Sequence, len(chunk))
		for i, k := range chunk {
			part[i] = list[k]
		}
		var b padded
		b.fill(part, text.Bound(bounds, lengths[chunk[len(chunk)-1]]), min(evalSequences, len(list)), s.opts)
		var logits []float32
		var classes int
		err := s.eval.Use(b.size(), func(prog *graph.Program) error {
			if err := s.run(prog, &b, 0); err != nil {
				return errors.Wrap(err, "evaluate")
			}
			e.Loss += prog.Loss() * float64(b.counted)
			logits, classes = slices.Clone(prog.Float32s(prog.Fetched(0))), prog.Fetched(0).Dim(-1)
			return nil
		})
		if err != nil {
			return nil, err
		}
		counted += b.counted
		for n, k := range chunk {
			for t, y := range list[k].Labels {
				at := (t*b.rows + n) * classes
				guess, p := surest(logits[at : at+classes])
				e.Guesses[k], e.Confidence[k] = append(e.Guesses[k], guess), append(e.Confidence[k], p)
				if y == NoLabel {
					continue
				}
				e.Labels++
				if guess == y {
					right++
				}
			}
		}
	}
	e.Loss /= float64(max(1, counted))
	e.Accuracy = float64(right) / float64(max(1, e.Labels))
	return e, nil
}

// Build makes the parameters.
func (s *Sequences) Build() error {
	_, err := s.eval.For(graph.Size{Batch: 1, Length: 1})
	return err
}
