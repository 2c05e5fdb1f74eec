package train

import (
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Translator writes sentences with a trained model, a batch of them at once. It
// is a [decode.Model] of the sources that Read was given: each source is read
// once, its hypotheses share what was read, and of those only the decoder's
// state moves. Sentences that are done leave the batch.
type Translator struct {
	store            *graph.Store
	model            func(s graph.Scope) *zoo.Seq2Seq
	marks            Marks
	readers, writers *graph.Programs
	attends, keyed   bool
	words            int

	read    reading
	seats   seating
	program *graph.Program // of the seating
	states  []float32      // [seats, width, state], after the last step
	given   []float32      // the same, before it
	tokens  []int
}

// reading is what was read of some sources.
type reading struct {
	n, steps       int // sentences; length that they are filled up to
	lengths        []int
	a, keys, first []float32 // [n, steps, …], [n, steps, …], [n, state]
}

// rowsOf returns row i of x, whose n rows are of like size.
func (r *reading) rowsOf(x []float32, i int) []float32 {
	size := len(x) / r.n
	return x[i*size : (i+1)*size]
}

// seating says where in a program's rows the hypotheses are.
type seating struct {
	sentences []int // by seat; −1 for nobody
	width     int   // rows of a seat
	row       []int // of each row of the last step: its place
}

// sentencesAtOnce is how many sources are read at once.
const sentencesAtOnce = 32

// NewTranslator returns a translator with the parameters of store.
func NewTranslator(store *graph.Store, model func(s graph.Scope) *zoo.Seq2Seq, m Marks) *Translator {
	t := &Translator{store: store, model: model, marks: m}
	t.readers = graph.NewPrograms(store, graph.Eval, t.buildReader)
	t.writers = graph.NewPrograms(store, graph.Eval, t.buildWriter)
	return t
}

// The names of a writer's inputs.
const (
	memoryName = "memory"
	keysName   = "keys"
	wordName   = "word"
)

// buildReader makes the graph that reads Batch sources of Length tokens. It
// fetches the decoder's first state, the memory and its keys where there are
// such.
func (t *Translator) buildReader(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	m := t.model(g.Scope())
	t.attends, t.words = m.Attends(), m.Words()
	a, mask, first := m.Encode(g.InputInts(sourceName, size.Length, size.Batch), g.InputInts(sourceLenName, size.Batch))
	fetch := []*graph.Node{first}
	if t.attends {
		fetch = append(fetch, a)
		keys := m.Remember(a, mask).Keys()
		if t.keyed = keys != nil; t.keyed {
			fetch = append(fetch, keys)
		}
	}
	return compile(nil, fetch...)
}

// buildWriter makes the graph of one step of Second hypotheses of each of Batch
// sentences. It fetches the new states and the log-probabilities.
func (t *Translator) buildWriter(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	m := t.model(g.Scope())
	rows, r := size.Batch*size.Second, &t.read
	state, word := g.Input(lastName, rows, m.StateLen()), g.InputInts(wordName, rows)
	var memory recurrent.Memory
	if t.attends {
		a := g.Input(memoryName, size.Batch, size.Length, len(r.a)/r.n/r.steps)
		mask := g.InputInts(sourceLenName, size.Batch).LengthMask(size.Length)
		if !t.keyed {
			memory = m.Remember(a, mask)
		} else {
			memory = m.Recall(a, g.Input(keysName, size.Batch, size.Length, len(r.keys)/r.n/r.steps), mask)
		}
	}
	e := m.Embed(word)
	next, c, _ := m.Step(e, state, memory)
	logp := m.Logits(next, c, e).LogSoftmax(-1)
	return compile(nil, next, logp)
}

// Read reads the sources that the next steps are about.
func (t *Translator) Read(sources [][]int) error {
	r := reading{n: len(sources), steps: 1}
	if r.n == 0 {
		return errors.New("translate: no sentences")
	}
	for i, s := range sources {
		if len(s) == 0 {
			return errors.Errorf("translate: sentence %d has no tokens, expected at least its end", i)
		}
		r.steps = max(r.steps, len(s))
		r.lengths = append(r.lengths, len(s))
	}
	r.steps = roundUp(r.steps)
	rows := powerOfTwo(r.n)
	prog, err := t.readers.For(graph.Size{Batch: rows, Length: r.steps})
	if err != nil {
		return err
	}
	tokens := make([]int, r.steps*rows)
	for i, s := range sources {
		for k, w := range s {
			tokens[k*rows+i] = w
		}
	}
	lengths := append(slices.Clone(r.lengths), make([]int, rows-r.n)...)
	if err := prog.Run(prog.Input(sourceName).FeedInts(tokens), prog.Input(sourceLenName).FeedInts(lengths)); err != nil {
		return errors.Wrap(err, "translate")
	}
	fetched := func(i int) []float32 {
		x := prog.Float32s(prog.Fetched(i))
		return slices.Clone(x[:len(x)/rows*r.n])
	}
	r.first = fetched(0)
	if t.attends {
		r.a = fetched(1)
		if t.keyed {
			r.keys = fetched(2)
		}
	}
	t.read, t.seats, t.program = r, seating{}, nil
	return nil
}

func powerOfTwo(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

// Words returns the number of words of the target.
func (t *Translator) Words() int { return t.words }

// Step makes a step of all hypotheses. It implements [decode.Model].
func (t *Translator) Step(step int, rows []decode.Row, logp []float64) error {
	if step == 0 {
		t.seats, t.program = seating{}, nil
	}
	feeds, err := t.seat(rows)
	if err != nil {
		return err
	}
	feeds = append(feeds, t.program.Input(lastName).Feed(t.given), t.program.Input(wordName).FeedInts(t.tokens))
	if err := t.program.Run(feeds...); err != nil {
		return err
	}
	t.states = append(t.states[:0], t.program.Float32s(t.program.Fetched(0))...)
	all := t.program.Float32s(t.program.Fetched(1))
	for r, place := range t.seats.row {
		to := logp[r*t.words : (r+1)*t.words]
		for w, v := range all[place*t.words : (place+1)*t.words] {
			to[w] = float64(v)
		}
		for _, w := range t.marks.Barred {
			to[w] = math.Inf(-1)
		}
	}
	return nil
}

// seat gives each row a place in a program of as few rows as will do, with the
// state and the word that it goes on from. It returns what else the program must
// be fed: the memory, where the sentences have moved.
func (t *Translator) seat(rows []decode.Row) ([]graph.Feed, error) {
	var sentences []int
	most, count := 0, 0
	for i, r := range rows {
		if i == 0 || r.Sentence != rows[i-1].Sentence {
			if r.Sentence < 0 || r.Sentence >= t.read.n {
				return nil, errors.Errorf("sentence %d of %d that were read", r.Sentence, t.read.n)
			}
			sentences = append(sentences, r.Sentence)
			count = 0
		}
		count++
		most = max(most, count)
	}
	was := t.seats
	width := was.width
	if most > width || 2*most <= width {
		width = most
	}
	moved := t.program == nil || width != was.width || powerOfTwo(len(sentences)) < len(was.sentences)
	now := was
	if moved {
		now = seating{sentences: sentences, width: width}
		for len(now.sentences) < powerOfTwo(len(sentences)) {
			now.sentences = append(now.sentences, -1)
		}
	}
	t.place(&now, was, rows)
	if !moved {
		return nil, nil
	}
	return t.load()
}

// place fills in where the rows are, with their states and words.
func (t *Translator) place(now *seating, was seating, rows []decode.Row) {
	size := len(t.read.first) / t.read.n
	n := len(now.sentences) * now.width
	t.given = slices.Grow(t.given[:0], n*size)[:n*size]
	t.tokens = zeroed(t.tokens, n)
	seat, k := -1, 0
	places := make([]int, len(rows))
	for i, r := range rows {
		if k++; i == 0 || r.Sentence != rows[i-1].Sentence {
			seat, k = slices.Index(now.sentences, r.Sentence), 0
		}
		at := seat*now.width + k
		places[i] = at
		t.tokens[at] = r.Word
		to := t.given[at*size : (at+1)*size]
		if r.Parent < 0 {
			copy(to, t.read.rowsOf(t.read.first, r.Sentence))
		} else {
			copy(to, t.states[was.row[r.Parent]*size:])
		}
	}
	now.row = places
	t.seats = *now
}

// load takes the program of the seating and returns its memory.
func (t *Translator) load() ([]graph.Feed, error) {
	s, r := t.seats, &t.read
	prog, err := t.writers.For(graph.Size{Batch: len(s.sentences), Length: r.steps, Second: s.width})
	if err != nil {
		return nil, err
	}
	t.program = prog
	if !t.attends {
		return nil, nil
	}
	lengths := make([]int, len(s.sentences))
	for seat, i := range s.sentences {
		if i >= 0 {
			lengths[seat] = r.lengths[i]
		}
	}
	feeds := []graph.Feed{prog.Input(sourceLenName).FeedInts(lengths), prog.Input(memoryName).Feed(r.gather(r.a, s.sentences))}
	if t.keyed {
		feeds = append(feeds, prog.Input(keysName).Feed(r.gather(r.keys, s.sentences)))
	}
	return feeds, nil
}

// gather returns the rows of those sentences; 0 for nobody.
func (r *reading) gather(x []float32, sentences []int) []float32 {
	size := len(x) / r.n
	out := make([]float32, size*len(sentences))
	for seat, i := range sentences {
		if i >= 0 {
			copy(out[seat*size:], r.rowsOf(x, i))
		}
	}
	return out
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
