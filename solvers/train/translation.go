package train

import (
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// TokenPair is a sentence with its translation, as the numbers of their tokens.
type TokenPair struct {
	Source []int
	Target []int // without marks of beginning and end
}

// Translation is the task of translating: a conditional language model
// P(y | x) whose steps are given the true word before (teacher forcing).
// Batches hold pairs of like lengths; what fills them up counts neither in the
// loss nor in a measure. Several goroutines may call Evaluate at once, while none
// trains it.
//
// Source: cheatsheet §2.6.
type Translation struct {
	store *graph.Store
	model func(s graph.Scope) *zoo.Seq2Seq
	opts  TranslationOpts

	train, val     []TokenPair
	buckets        []bucket
	batches        []batch
	programs, eval *graph.Programs
	translator     *Translator
	at             int
	feed           pairFeed
}

// TranslationOpts are the settings of a Translation.
type TranslationOpts struct {
	Batch int
	Seed  uint64 // of the order of the pairs
	Marks Marks
	// Text makes a sentence of target tokens. Where it is set, validation
	// translates with a beam of 1 and measures BLEU, lower case, against the
	// References, one for each pair of the validation.
	Text       func(tokens []int) (string, error)
	References []string
	// Buckets is how many pairs of lengths batches are filled up to; 0 means 15.
	Buckets int
}

// Marks are the tokens that no sentence holds.
type Marks struct {
	Begin, End int   // of a target
	Barred     []int // are never written, such as what fills batches up
}

// bucket is the pairs that are filled up to one pair of lengths.
type bucket struct {
	source, target int
	pairs          []int
}

// batch is some pairs of a bucket.
type batch struct {
	bucket *bucket
	pairs  []int
}

// NewTranslation makes the task of training model, whose parameters are named
// from the root of store, on the pairs train, with the pairs val, which may be
// nil, for validation. train is nil where the model is only used.
func NewTranslation(store *graph.Store, model func(s graph.Scope) *zoo.Seq2Seq, train, val []TokenPair, o TranslationOpts) (*Translation, error) {
	if o.Batch < 1 {
		return nil, errors.Errorf("train: batch size %d, expected at least 1", o.Batch)
	}
	if train != nil && len(train) == 0 {
		return nil, errors.New("train: no pairs, expected at least one")
	}
	for i, p := range slices.Concat(train, val) {
		if len(p.Source) == 0 {
			return nil, errors.Errorf("train: pair %d: a source without tokens, expected at least its end", i)
		}
	}
	if o.Text != nil && len(o.References) != len(val) {
		return nil, errors.Errorf("train: %d references for %d pairs to validate on", len(o.References), len(val))
	}
	if o.Buckets == 0 {
		o.Buckets = 15
	}
	t := &Translation{store: store, model: model, opts: o, train: train, val: val}
	t.programs = graph.NewPrograms(store, graph.Train, t.build)
	t.eval = graph.NewPrograms(store, graph.Eval, t.build)
	t.translator = NewTranslator(store, model, o.Marks)
	if train == nil {
		return t, nil
	}
	var err error
	t.buckets, err = newBuckets(train, o.Buckets)
	return t, err
}

// innerBuckets is how many lengths of sources there are for each of targets.
const innerBuckets = 3

// newBuckets puts pairs into at most count buckets.
func newBuckets(pairs []TokenPair, count int) ([]bucket, error) {
	outer := max(1, count/innerBuckets)
	targets := make([]int, len(pairs))
	for i, p := range pairs {
		targets[i] = len(p.Target) + 1
	}
	bounds, err := text.TightBounds(targets, outer)
	if err != nil {
		return nil, err
	}
	byTarget := make([][]int, len(bounds))
	for i, n := range targets {
		b, _ := slices.BinarySearch(bounds, n)
		byTarget[b] = append(byTarget[b], i)
	}
	var all []bucket
	for b, members := range byTarget {
		sources := make([]int, len(members))
		for k, i := range members {
			sources[k] = len(pairs[i].Source)
		}
		inner, err := text.TightBounds(sources, max(1, count/outer))
		if err != nil {
			return nil, err
		}
		first := len(all)
		for _, n := range inner {
			all = append(all, bucket{source: n, target: bounds[b]})
		}
		for k, i := range members {
			at, _ := slices.BinarySearch(inner, sources[k])
			all[first+at].pairs = append(all[first+at].pairs, i)
		}
	}
	return all, nil
}

// The names of a translation's inputs.
const (
	sourceName    = "source"
	sourceLenName = "source lengths"
	targetName    = "target"
	targetLenName = "target lengths"
)

// build makes the graph of Batch pairs, of Length tokens in the source and
// Second in the target.
func (t *Translation) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	n, steps := size.Batch, size.Second
	src, srcLen := g.InputInts(sourceName, size.Length, n), g.InputInts(sourceLenName, n)
	tgt, tgtLen := g.InputInts(targetName, steps, n), g.InputInts(targetLenName, n)
	labels := g.Labels(labelsName, steps*n)
	logits, _ := t.model(g.Scope()).Forward(src, srcLen, tgt)
	return taught(g, logits, labels, tgtLen, steps, compile)
}

// taught compiles a graph of logits [T·N, words] whose steps were given the true
// words before them: with the loss of the labels [T·N] before the lengths [N],
// and, of a graph to evaluate, the number of those guessed wrong.
func taught(g *graph.Graph, logits, labels, lengths *graph.Node, steps int, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	weights := lengths.LengthMaskByTime(steps).Reshape(-1)
	o := losses.CrossEntropyOpts{Weights: weights}
	if g.Mode() == graph.Train {
		return compile(losses.CrossEntropy(logits, labels, o))
	}
	logp := logits.LogSoftmax(-1)
	right := logp.NLL(labels, graph.NLLOpts{}).Neg().Ge(logp.Max(-1)) // none has a greater log P than the true word
	wrong := right.Neg().Shift(1)
	return compile(losses.NLL(logp, labels, o), wrong.Mul(weights).Sum())
}

// pairFeed holds the inputs of one batch, time first.
type pairFeed struct {
	src, srcLen, tgt, tgtLen, labels []int
	tokens                           int // of the targets, their ends included
}

// fill takes the pairs of a batch of n rows; rows without a pair have length 0.
func (f *pairFeed) fill(pairs []TokenPair, index []int, n, source, target int, m Marks) {
	f.src, f.srcLen = zeroed(f.src, source*n), zeroed(f.srcLen, n)
	f.tgt, f.tgtLen = zeroed(f.tgt, target*n), zeroed(f.tgtLen, n)
	f.labels, f.tokens = zeroed(f.labels, target*n), 0
	for k, i := range index {
		p := pairs[i]
		for t, w := range p.Source {
			f.src[t*n+k] = w
		}
		f.tgt[k] = m.Begin
		for t, w := range p.Target {
			f.tgt[(t+1)*n+k] = w
			f.labels[t*n+k] = w
		}
		f.labels[len(p.Target)*n+k] = m.End
		f.srcLen[k], f.tgtLen[k] = len(p.Source), len(p.Target)+1
		f.tokens += len(p.Target) + 1
	}
}

func (f *pairFeed) run(prog *graph.Program) error {
	return prog.Run(
		prog.Input(sourceName).FeedInts(f.src), prog.Input(sourceLenName).FeedInts(f.srcLen),
		prog.Input(targetName).FeedInts(f.tgt), prog.Input(targetLenName).FeedInts(f.tgtLen),
		prog.Input(labelsName).FeedInts(f.labels))
}

// Store returns the parameters.
func (t *Translation) Store() *graph.Store { return t.store }

// Translator returns the translator with the parameters.
func (t *Translation) Translator() *Translator { return t.translator }

// Steps returns the number of batches in an epoch.
func (t *Translation) Steps() int {
	n := 0
	for _, b := range t.buckets {
		n += (len(b.pairs) + t.opts.Batch - 1) / t.opts.Batch
	}
	return n
}

// Begin starts an epoch at a batch: the pairs of each bucket are shuffled, then
// the batches.
func (t *Translation) Begin(epoch, at int) {
	r := rand.New(rand.NewPCG(t.opts.Seed, uint64(epoch)))
	t.batches = t.batches[:0]
	for i := range t.buckets {
		b := &t.buckets[i]
		order := make([]int, len(b.pairs))
		for k, p := range r.Perm(len(b.pairs)) {
			order[k] = b.pairs[p]
		}
		for pairs := range slices.Chunk(order, t.opts.Batch) {
			t.batches = append(t.batches, batch{b, pairs})
		}
	}
	r.Shuffle(len(t.batches), func(i, j int) { t.batches[i], t.batches[j] = t.batches[j], t.batches[i] })
	t.at = at
}

// Step computes the loss and its gradients for the next batch. The examples that
// the loss is the mean of are the target's tokens.
func (t *Translation) Step(step int) (*graph.Program, int, error) {
	if t.at >= len(t.batches) {
		return nil, 0, errors.New("the epoch has fewer batches than expected")
	}
	b := t.batches[t.at]
	t.at++
	size := graph.Size{Batch: t.opts.Batch, Length: b.bucket.source, Second: b.bucket.target}
	prog, err := t.programs.For(size)
	if err != nil {
		return nil, 0, err
	}
	t.feed.fill(t.train, b.pairs, size.Batch, size.Length, size.Second, t.opts.Marks)
	prog.SetStep(step)
	return prog, t.feed.tokens, t.feed.run(prog)
}

// Validate returns val_token_accuracy, which decides: BLEU is 0 for sentences
// below four words; val_loss, and val_bleu where sentences can be made.
func (t *Translation) Validate() (Metrics, error) {
	if len(t.val) == 0 {
		return nil, nil
	}
	e, err := t.Evaluate(t.val)
	if err != nil {
		return nil, err
	}
	m := Metrics{{"val_token_accuracy", e.TokenAccuracy}, {"val_loss", e.Loss}}
	if t.opts.Text == nil {
		return m, nil
	}
	found, err := t.translator.Translate(sources(t.val), decode.BeamOptions{Width: 1, NBest: 1})
	if err != nil {
		return nil, err
	}
	bleu, err := t.BLEU(found, t.opts.References)
	return append(m, Metric{"val_bleu", bleu.Score}), err
}

func sources(pairs []TokenPair) [][]int {
	all := make([][]int, len(pairs))
	for i, p := range pairs {
		all[i] = p.Source
	}
	return all
}

// BLEU returns the score of the best sentences found against one reference each,
// tokenised by 13a in lower case.
func (t *Translation) BLEU(found [][]decode.Hypothesis, references []string) (metrics.BLEU, error) {
	stats, err := metrics.NewBLEUStats(metrics.BLEUOpts{})
	if err != nil {
		return metrics.BLEU{}, err
	}
	for i, reference := range references {
		hypothesis, err := t.opts.Text(Best(found[i]))
		if err != nil {
			return metrics.BLEU{}, err
		}
		h, r := metrics.Tokenize13a(text.Lower(hypothesis)), metrics.Tokenize13a(text.Lower(reference))
		if err := stats.Add(h, [][]string{r}); err != nil {
			return metrics.BLEU{}, err
		}
	}
	return stats.BLEU()
}

// Best returns the words of the first hypothesis, without its end; none where
// there is none.
func Best(found []decode.Hypothesis) []int {
	if len(found) == 0 {
		return nil
	}
	return found[0].Text()
}

// Better reports whether a value of the first metric of Validate is greater
// than the best.
func (t *Translation) Better(value, best float64) bool { return value > best }

// Close does nothing: nothing runs in the background.
func (t *Translation) Close() {}

// Build makes the parameters.
func (t *Translation) Build() error {
	_, err := t.eval.For(graph.Size{Batch: 1, Length: 1, Second: 1})
	return err
}

// TranslationEvaluation is what a model makes of pairs whose true words it is
// given.
type TranslationEvaluation struct {
	Loss          float64 // the mean over the tokens of −log P(y<t> | x, y<1>, …, y<t−1>)
	TokenAccuracy float64 // the share of tokens that are the most probable ones
}

// tokensAtOnce is how many tokens of targets are evaluated at once: the logits of
// each have the size of the vocabulary.
const tokensAtOnce = 4096

// Evaluate runs the model on pairs.
func (t *Translation) Evaluate(pairs []TokenPair) (TranslationEvaluation, error) {
	var e TranslationEvaluation
	if len(pairs) == 0 {
		return e, errors.New("evaluate: no pairs, expected at least one")
	}
	order := make([]int, len(pairs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { // the longest first
		return slices.Compare([]int{len(pairs[j].Target), len(pairs[j].Source)}, []int{len(pairs[i].Target), len(pairs[i].Source)})
	})
	tokens := 0
	var f pairFeed
	for len(order) > 0 {
		size := graph.Size{Second: roundUp(len(pairs[order[0]].Target) + 1)}
		size.Batch = min(t.opts.Batch, max(1, tokensAtOnce/size.Second))
		index := order[:min(size.Batch, len(order))]
		order = order[len(index):]
		for _, i := range index {
			size.Length = max(size.Length, roundUp(len(pairs[i].Source)))
		}
		f.fill(pairs, index, size.Batch, size.Length, size.Second, t.opts.Marks)
		err := t.eval.Use(size, func(prog *graph.Program) error {
			if err := f.run(prog); err != nil {
				return err
			}
			e.Loss += prog.Loss() * float64(f.tokens)
			e.TokenAccuracy += float64(f.tokens) - prog.Scalar(prog.Fetched(0))
			return nil
		})
		if err != nil {
			return e, err
		}
		tokens += f.tokens
	}
	e.Loss /= float64(tokens)
	e.TokenAccuracy /= float64(tokens)
	return e, nil
}

// roundUp returns a length that few programs serve: a multiple of 4 up to 32, of
// 16 beyond.
func roundUp(n int) int {
	if n <= 32 {
		return (n + 3) / 4 * 4
	}
	return (n + 15) / 16 * 16
}
