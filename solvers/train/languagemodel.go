package train

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// TextModel is a model that says what comes next in a text; see
// zoo.LanguageModel.
type TextModel interface {
	// StateShapes returns the shapes of the states of n texts; the second size
	// of each is n.
	StateShapes(n int) [][]int
	// Forward returns the logits [T·N, V] of the token after each of tokens
	// [T, N], and the states after the last, from the states given.
	Forward(tokens *graph.Node, states []*graph.Node) (logits *graph.Node, last []*graph.Node)
}

// The measures of a language model, as names of metrics.
const (
	BitsPerChar = "bits_per_char" // −1/T Σ_t log₂ p_t
	Perplexity  = "perplexity"    // exp(−1/T Σ_t log p_t)
)

// LanguageModel is the task of foretelling the next token of a text. The text
// is cut into as many streams as a batch has rows; a step reads the next T
// tokens of each stream and begins with the state that the step before ended
// with: back-propagation through time, truncated to T tokens.
//
// Several goroutines may call Evaluate and Continue at once, while none trains it.
//
// Source: cheatsheet §2.1 and §2.5.
type LanguageModel struct {
	store *graph.Store
	model func(s graph.Scope) TextModel
	opts  LanguageModelOpts

	train, val     []int
	length         int // of a stream
	programs, eval *graph.Programs
	at             int // where in its stream the next step begins
	states         [][]float32
	tokens, next   []int
	shapes         func(n int) [][]int // of the states
	shaped         sync.Once           // guards shapes
}

// LanguageModelOpts are the settings of a LanguageModel.
type LanguageModelOpts struct {
	Batch int // streams
	Steps int // tokens of each stream that a step reads, T
	// DropLast leaves out a last step of fewer tokens.
	DropLast bool
	// Measure is BitsPerChar or Perplexity; "" means BitsPerChar.
	Measure string
}

// The names of a language model's inputs; state i is called state0, state1, …
const (
	tokensName = "tokens"
	nextName   = "next"
	lastName   = "state"
)

// evalSteps is how many tokens are evaluated at once.
const evalSteps = 1000

// NewLanguageModel makes the task of training model, whose parameters are named
// from the root of store, on the tokens train, with the tokens val, which may be
// nil, for validation. train is nil where the model is only used.
func NewLanguageModel(store *graph.Store, model func(s graph.Scope) TextModel, train, val []int, o LanguageModelOpts) (*LanguageModel, error) {
	if o.Batch < 1 || o.Steps < 1 {
		return nil, errors.Errorf("train: %d streams, %d tokens a step: expected at least 1 of each", o.Batch, o.Steps)
	}
	if o.Measure == "" {
		o.Measure = BitsPerChar
	}
	if o.Measure != BitsPerChar && o.Measure != Perplexity {
		return nil, errors.Errorf("train: measure %q, expected %s or %s", o.Measure, BitsPerChar, Perplexity)
	}
	if train != nil && len(train) < 2*o.Batch {
		return nil, errors.Errorf("train: a text of %d tokens, expected at least 2 for each of the %d streams of a batch", len(train), o.Batch)
	}
	if train != nil && o.DropLast && len(train)/o.Batch-1 < o.Steps {
		return nil, errors.Errorf("train: a text of %d tokens holds no step of %d tokens in %d streams, and a smaller one is dropped", len(train), o.Steps, o.Batch)
	}
	m := &LanguageModel{store: store, model: model, opts: o, train: train, val: val, length: len(train) / o.Batch}
	m.programs = graph.NewPrograms(store, graph.Train, m.build)
	m.eval = graph.NewPrograms(store, graph.Eval, m.build)
	return m, nil
}

// build makes the graph of Length tokens of Batch streams.
func (m *LanguageModel) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	tokens := g.InputInts(tokensName, size.Length, size.Batch)
	next := g.Labels(nextName, size.Length*size.Batch)
	model := m.model(g.Scope())
	m.shaped.Do(func() { m.shapes = model.StateShapes })
	var states []*graph.Node
	for i, shape := range model.StateShapes(size.Batch) {
		states = append(states, g.Input(fmt.Sprint(lastName, i), shape...))
	}
	logits, last := model.Forward(tokens, states)
	if g.Mode() == graph.Eval {
		last = append(last, logits.LogSoftmax(-1))
	}
	return compile(losses.CrossEntropy(logits, next, losses.CrossEntropyOpts{}), last...)
}

// run runs a program on tokens [T, N] and the tokens after them, from the
// states, which become those after the last.
func (m *LanguageModel) run(prog *graph.Program, tokens, next []int, states [][]float32) error {
	feeds := []graph.Feed{prog.Input(tokensName).FeedInts(tokens), prog.Input(nextName).FeedInts(next)}
	for i, s := range states {
		feeds = append(feeds, prog.Input(fmt.Sprint(lastName, i)).Feed(s))
	}
	if err := prog.Run(feeds...); err != nil {
		return err
	}
	for i, s := range states {
		copy(s, prog.Float32s(prog.Fetched(i)))
	}
	return nil
}

// zeroStates returns the first states of n texts.
func (m *LanguageModel) zeroStates(n int) ([][]float32, error) {
	if err := m.Build(); err != nil {
		return nil, err
	}
	var states [][]float32
	for _, shape := range m.shapes(n) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		states = append(states, make([]float32, size))
	}
	return states, nil
}

// Store returns the parameters.
func (m *LanguageModel) Store() *graph.Store { return m.store }

// Steps returns the number of steps in which the streams are read.
func (m *LanguageModel) Steps() int {
	if m.opts.DropLast {
		return (m.length - 1) / m.opts.Steps
	}
	return (m.length - 1 + m.opts.Steps - 1) / m.opts.Steps
}

// Begin starts an epoch at a batch: the streams from their beginning with the
// state 0, or where they were left.
func (m *LanguageModel) Begin(_, batch int) {
	m.at = batch * m.opts.Steps
	if batch == 0 {
		for _, s := range m.states {
			clear(s)
		}
	}
}

// Step computes the loss and its gradients for the next tokens.
func (m *LanguageModel) Step(step int) (*graph.Program, int, error) {
	n, steps := m.opts.Batch, min(m.opts.Steps, m.length-1-m.at)
	if steps < 1 {
		return nil, 0, errors.New("the epoch has fewer steps than expected")
	}
	if m.states == nil {
		var err error
		if m.states, err = m.zeroStates(n); err != nil {
			return nil, 0, err
		}
	}
	prog, err := m.programs.For(graph.Size{Batch: n, Length: steps})
	if err != nil {
		return nil, 0, err
	}
	m.tokens, m.next = m.tokens[:0], m.next[:0]
	for t := m.at; t < m.at+steps; t++ {
		for stream := range n {
			i := stream*m.length + t
			m.tokens, m.next = append(m.tokens, m.train[i]), append(m.next, m.train[i+1])
		}
	}
	m.at += steps
	prog.SetStep(step)
	return prog, steps * n, m.run(prog, m.tokens, m.next, m.states)
}

// Carried returns the states of the streams.
func (m *LanguageModel) Carried() []solvers.StateEntry {
	var entries []solvers.StateEntry
	for i, s := range m.states {
		entries = append(entries, solvers.StateEntry{Name: fmt.Sprint(lastName, i), Shape: m.shapes(m.opts.Batch)[i], F32: slices.Clone(s)})
	}
	return entries
}

// SetCarried puts the states of the streams back.
func (m *LanguageModel) SetCarried(entries []solvers.StateEntry) error {
	if len(entries) == 0 { // of a run that has not begun
		m.states = nil
		return nil
	}
	states, err := m.zeroStates(m.opts.Batch)
	if err != nil {
		return err
	}
	for i, s := range states {
		at := slices.IndexFunc(entries, func(e solvers.StateEntry) bool { return e.Name == fmt.Sprint(lastName, i) })
		if at < 0 || len(entries[at].F32) != len(s) {
			return errors.Errorf("state %d of the text: expected %d numbers", i, len(s))
		}
		copy(s, entries[at].F32)
	}
	m.states = states
	return nil
}

// Validate measures the model on the validation text.
func (m *LanguageModel) Validate() (Metrics, error) {
	if len(m.val) < 2 {
		return nil, nil
	}
	loss, err := m.Evaluate(m.val)
	if err != nil {
		return nil, err
	}
	return Metrics{{"val_" + m.opts.Measure, m.Measured(loss)}, {"val_loss", loss}}, nil
}

// Measured returns the measure that belongs to a mean loss in natural
// logarithms.
func (m *LanguageModel) Measured(loss float64) float64 {
	if m.opts.Measure == Perplexity {
		return math.Exp(loss)
	}
	return loss / math.Ln2
}

// Better reports whether a measure is smaller than the best.
func (m *LanguageModel) Better(value, best float64) bool { return value < best }

// Close does nothing: nothing runs in the background.
func (m *LanguageModel) Close() {}

// Evaluate returns the mean of −log p, the natural logarithm, over the tokens
// of a text but the first, read from beginning to end.
func (m *LanguageModel) Evaluate(text []int) (float64, error) {
	if len(text) < 2 {
		return 0, errors.Errorf("evaluate: a text of %d tokens, expected at least 2", len(text))
	}
	states, err := m.zeroStates(1)
	if err != nil {
		return 0, err
	}
	total := 0.0
	for at := 0; at < len(text)-1; at += evalSteps {
		steps := min(evalSteps, len(text)-1-at)
		err := m.eval.Use(graph.Size{Batch: 1, Length: steps}, func(prog *graph.Program) error {
			if err := m.run(prog, text[at:at+steps], text[at+1:at+1+steps], states); err != nil {
				return errors.Wrap(err, "evaluate")
			}
			total += prog.Loss() * float64(steps)
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return total / float64(len(text)-1), nil
}

// Build makes the parameters.
func (m *LanguageModel) Build() error {
	_, err := m.eval.For(graph.Size{Batch: 1, Length: 1})
	return err
}
