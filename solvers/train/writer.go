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

// writer makes the steps of a zoo.Decoder for all hypotheses of a batch of
// sources. It is a [decode.Model] of what was read last: each source is read
// once, its hypotheses share what was read, and of those only the decoder's
// state moves. Sentences that are done leave the batch.
type writer struct {
	decoder        func(s graph.Scope) *zoo.Decoder
	marks          Marks
	programs       *graph.Programs
	attends, keyed bool
	words          int

	read    reading
	seats   seating
	program *graph.Program // of the seating
	states  []float32      // [seats, width, state], after the last step
	given   []float32      // the same, before it
	tokens  []int
}

var _ decode.Model = (*writer)(nil)

func newWriter(store *graph.Store, decoder func(s graph.Scope) *zoo.Decoder, m Marks) *writer {
	w := &writer{decoder: decoder, marks: m}
	w.programs = graph.NewPrograms(store, graph.Eval, w.build)
	return w
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

// The names of a writer's inputs.
const (
	memoryName = "memory"
	keysName   = "keys"
	wordName   = "word"
)

// build makes the graph of one step of Second hypotheses of each of Batch
// sentences. It fetches the new states and the log-probabilities.
func (w *writer) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	m := w.decoder(g.Scope())
	rows, r := size.Batch*size.Second, &w.read
	state, word := g.Input(lastName, rows, m.StateLen()), g.InputInts(wordName, rows)
	var memory recurrent.Memory
	if w.attends {
		a := g.Input(memoryName, size.Batch, size.Length, len(r.a)/r.n/r.steps)
		mask := g.InputInts(sourceLenName, size.Batch).LengthMask(size.Length)
		if !w.keyed {
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

// fetched returns what a graph that reads sources fetches: the decoder's first
// state, the memory and its keys where there are such.
func (w *writer) fetched(d *zoo.Decoder, a, mask, first *graph.Node) []*graph.Node {
	w.attends, w.words = d.Attends(), d.Words()
	fetch := []*graph.Node{first}
	if w.attends {
		fetch = append(fetch, a)
		keys := d.Remember(a, mask).Keys()
		if w.keyed = keys != nil; w.keyed {
			fetch = append(fetch, keys)
		}
	}
	return fetch
}

// take keeps what a program read of the first n of so many rows.
func (w *writer) take(prog *graph.Program, rows, n, steps int, lengths []int) {
	r := reading{n: n, steps: steps, lengths: lengths}
	fetched := func(i int) []float32 {
		x := prog.Float32s(prog.Fetched(i))
		return slices.Clone(x[:len(x)/rows*n])
	}
	r.first = fetched(0)
	if w.attends {
		r.a = fetched(1)
		if w.keyed {
			r.keys = fetched(2)
		}
	}
	w.read, w.seats, w.program = r, seating{}, nil
}

func powerOfTwo(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

// Words returns the number of words that can be written.
func (w *writer) Words() int { return w.words }

// Step makes a step of all hypotheses. It implements [decode.Model].
func (w *writer) Step(step int, rows []decode.Row, logp []float64) error {
	if step == 0 {
		w.seats, w.program = seating{}, nil
	}
	feeds, err := w.seat(rows)
	if err != nil {
		return err
	}
	feeds = append(feeds, w.program.Input(lastName).Feed(w.given), w.program.Input(wordName).FeedInts(w.tokens))
	if err := w.program.Run(feeds...); err != nil {
		return err
	}
	w.states = append(w.states[:0], w.program.Float32s(w.program.Fetched(0))...)
	all := w.program.Float32s(w.program.Fetched(1))
	for r, place := range w.seats.row {
		to := logp[r*w.words : (r+1)*w.words]
		for k, v := range all[place*w.words : (place+1)*w.words] {
			to[k] = float64(v)
		}
		for _, barred := range w.marks.Barred {
			to[barred] = math.Inf(-1)
		}
	}
	return nil
}

// seat gives each row a place in a program of as few rows as will do, with the
// state and the word that it goes on from. It returns what else the program must
// be fed: the memory, where the sentences have moved.
func (w *writer) seat(rows []decode.Row) ([]graph.Feed, error) {
	var sentences []int
	most, count := 0, 0
	for i, r := range rows {
		if i == 0 || r.Sentence != rows[i-1].Sentence {
			if r.Sentence < 0 || r.Sentence >= w.read.n {
				return nil, errors.Errorf("sentence %d of %d that were read", r.Sentence, w.read.n)
			}
			sentences = append(sentences, r.Sentence)
			count = 0
		}
		count++
		most = max(most, count)
	}
	was := w.seats
	width := was.width
	if most > width || 2*most <= width {
		width = most
	}
	moved := w.program == nil || width != was.width || powerOfTwo(len(sentences)) < len(was.sentences)
	now := was
	if moved {
		now = seating{sentences: sentences, width: width}
		for len(now.sentences) < powerOfTwo(len(sentences)) {
			now.sentences = append(now.sentences, -1)
		}
	}
	w.place(&now, was, rows)
	if !moved {
		return nil, nil
	}
	return w.load()
}

// place fills in where the rows are, with their states and words.
func (w *writer) place(now *seating, was seating, rows []decode.Row) {
	size := len(w.read.first) / w.read.n
	n := len(now.sentences) * now.width
	w.given = slices.Grow(w.given[:0], n*size)[:n*size]
	w.tokens = zeroed(w.tokens, n)
	seat, k := -1, 0
	places := make([]int, len(rows))
	for i, r := range rows {
		if k++; i == 0 || r.Sentence != rows[i-1].Sentence {
			seat, k = slices.Index(now.sentences, r.Sentence), 0
		}
		at := seat*now.width + k
		places[i] = at
		w.tokens[at] = r.Word
		to := w.given[at*size : (at+1)*size]
		if r.Parent < 0 {
			copy(to, w.read.rowsOf(w.read.first, r.Sentence))
		} else {
			copy(to, w.states[was.row[r.Parent]*size:])
		}
	}
	now.row = places
	w.seats = *now
}

// load takes the program of the seating and returns its memory.
func (w *writer) load() ([]graph.Feed, error) {
	s, r := w.seats, &w.read
	prog, err := w.programs.For(graph.Size{Batch: len(s.sentences), Length: r.steps, Second: s.width})
	if err != nil {
		return nil, err
	}
	w.program = prog
	if !w.attends {
		return nil, nil
	}
	lengths := make([]int, len(s.sentences))
	for seat, i := range s.sentences {
		if i >= 0 {
			lengths[seat] = r.lengths[i]
		}
	}
	feeds := []graph.Feed{prog.Input(sourceLenName).FeedInts(lengths), prog.Input(memoryName).Feed(r.gather(r.a, s.sentences))}
	if w.keyed {
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
