package train

import (
	"slices"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Translator writes sentences with a trained model, a batch of them at once. It
// is a [decode.Model] of the sources that Read was given. Several goroutines may
// call Translate, Score and Attention at once; Read and Step, which go together,
// are for one goroutine that calls nothing else.
type Translator struct {
	*writer
	writing sync.Mutex // held by Translate and Score
	store   *graph.Store
	model   func(s graph.Scope) *zoo.Seq2Seq
	readers *graph.Programs
}

// sentencesAtOnce is how many sources are read at once.
const sentencesAtOnce = 32

// NewTranslator returns a translator with the parameters of store.
func NewTranslator(store *graph.Store, model func(s graph.Scope) *zoo.Seq2Seq, m Marks) *Translator {
	t := &Translator{store: store, model: model}
	t.writer = newWriter(store, func(s graph.Scope) *zoo.Decoder { return model(s).Decoder }, m)
	t.readers = graph.NewPrograms(store, graph.Eval, t.buildReader)
	return t
}

// buildReader makes the graph that reads Batch sources of Length tokens.
func (t *Translator) buildReader(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	m := t.model(g.Scope())
	a, mask, first := m.Encode(g.InputInts(sourceName, size.Length, size.Batch), g.InputInts(sourceLenName, size.Batch))
	return compile(nil, t.fetched(m.Decoder, a, mask, first)...)
}

// Read reads the sources that the next steps are about.
func (t *Translator) Read(sources [][]int) error {
	n, steps := len(sources), 1
	if n == 0 {
		return errors.New("translate: no sentences")
	}
	var lengths []int
	for i, s := range sources {
		if len(s) == 0 {
			return errors.Errorf("translate: sentence %d has no tokens, expected at least its end", i)
		}
		steps = max(steps, len(s))
		lengths = append(lengths, len(s))
	}
	steps = roundUp(steps)
	rows := powerOfTwo(n)
	prog, err := t.readers.For(graph.Size{Batch: rows, Length: steps})
	if err != nil {
		return err
	}
	tokens := make([]int, steps*rows)
	for i, s := range sources {
		for k, word := range s {
			tokens[k*rows+i] = word
		}
	}
	all := append(slices.Clone(lengths), make([]int, rows-n)...)
	if err := prog.Run(prog.Input(sourceName).FeedInts(tokens), prog.Input(sourceLenName).FeedInts(all)); err != nil {
		return errors.Wrap(err, "translate")
	}
	t.take(prog, rows, n, steps, lengths)
	return nil
}

// Sentence returns what is searched for: a translation of a source of so many
// tokens.
func (t *Translator) Sentence(source int) decode.Sentence {
	const usual = 60 // words; a longer source may have a longer translation
	return decode.Sentence{Start: t.marks.Begin, End: t.marks.End, MaxLen: min(2*source+10, max(usual, source+10))}
}

// Translate returns the hypotheses that beam search finds for each source, the
// best first.
func (t *Translator) Translate(sources [][]int, o decode.BeamOptions) ([][]decode.Hypothesis, error) {
	found := make([][]decode.Hypothesis, len(sources))
	err := t.each(sources, func(index []int, sentences []decode.Sentence) error {
		some, err := decode.Beam(t, sentences, o)
		for k, h := range some {
			found[index[k]] = h
		}
		return err
	})
	return found, err
}

// Score returns log P(y|x) of given translations y, which have their end.
func (t *Translator) Score(sources, targets [][]int) ([]float64, error) {
	if len(targets) != len(sources) {
		return nil, errors.Errorf("translate: %d translations of %d sentences", len(targets), len(sources))
	}
	scores := make([]float64, len(sources))
	err := t.each(sources, func(index []int, sentences []decode.Sentence) error {
		words := make([][]int, len(index))
		for k, i := range index {
			words[k] = targets[i]
		}
		some, err := decode.Score(t, sentences, words)
		for k, s := range some {
			scores[index[k]] = s
		}
		return err
	})
	return scores, err
}

// each reads the sources in groups of like length.
func (t *Translator) each(sources [][]int, do func(index []int, sentences []decode.Sentence) error) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	order := make([]int, len(sources))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(sources[i]) - len(sources[j]) })
	for index := range slices.Chunk(order, sentencesAtOnce) {
		group := make([][]int, len(index))
		sentences := make([]decode.Sentence, len(index))
		for k, i := range index {
			group[k] = sources[i]
			sentences[k] = t.Sentence(len(sources[i]))
		}
		if err := t.Read(group); err != nil {
			return err
		}
		if err := do(index, sentences); err != nil {
			return err
		}
	}
	return nil
}

// Attention returns the weights α<t, t'> with which the words of a translation,
// its end included, attend to those of its source: a row for each word.
//
// Source: cheatsheet §2.7.
func (t *Translator) Attention(source, target []int) ([][]float64, error) {
	if len(source) == 0 || len(target) == 0 {
		return nil, errors.Errorf("attention: %d words of the source, %d of the translation, expected at least 1 of each", len(source), len(target))
	}
	g := graph.New(t.store, graph.Eval)
	m := t.model(g.Scope())
	if !m.Attends() {
		return nil, errors.New("attention: the model has none")
	}
	src, tgt := g.InputInts(sourceName, len(source), 1), g.InputInts(targetName, len(target), 1)
	_, alpha := m.Forward(src, nil, tgt)
	all := graph.Concat(0, alpha...) // [T_y, T_x]
	prog, err := g.Compile(nil, all)
	if err != nil {
		return nil, err
	}
	before := append([]int{t.marks.Begin}, target[:len(target)-1]...)
	if err := prog.Run(src.FeedInts(source), tgt.FeedInts(before)); err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(prog.Values(all), len(source))), nil
}
