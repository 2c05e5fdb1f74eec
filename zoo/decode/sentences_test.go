package decode_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/zoo/decode"
)

// recurrent is a model whose state is a hash of all words so far, so that a row
// that continued another row's state would show. Each sentence has its own
// distribution.
type recurrent struct {
	t      testing.TB
	words  int
	seed   uint64
	states []uint64
	past   [][]int // of each row
	calls  int
	rows   int // in all
}

func (m *recurrent) Words() int { return m.words }

func (m *recurrent) Step(t int, rows []decode.Row, logp []float64) error {
	m.calls++
	m.rows += len(rows)
	states, past := make([]uint64, len(rows)), make([][]int, len(rows))
	for r, row := range rows {
		if r > 0 && row.Sentence < rows[r-1].Sentence {
			m.t.Errorf("step %d: row %d is of sentence %d after one of %d", t, r, row.Sentence, rows[r-1].Sentence)
		}
		if (row.Parent < 0) != (t == 0) {
			m.t.Errorf("step %d: row %d has parent %d", t, r, row.Parent)
		}
		state := m.seed + uint64(row.Sentence)
		if t > 0 {
			state = m.states[row.Parent]
			past[r] = append(slices.Clone(m.past[row.Parent]), row.Word)
		}
		states[r] = state*0x9e3779b97f4a7c15 + uint64(row.Word) + 1
		copy(logp[r*m.words:(r+1)*m.words], distribution(states[r], m.words))
	}
	m.states, m.past = states, past
	return nil
}

// distribution returns log-probabilities drawn by a number.
func distribution(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 7))
	p, sum := make([]float64, n), 0.0
	for i := range p {
		p[i] = math.Exp(2 * r.NormFloat64())
		sum += p[i]
	}
	for i := range p {
		p[i] = math.Log(p[i] / sum)
	}
	return p
}

// walked returns log P of words under a recurrent model.
func (m *recurrent) walked(sentence int, s decode.Sentence, words []int) float64 {
	state, last, sum := m.seed+uint64(sentence), s.Start, 0.0
	for _, w := range words {
		state = state*0x9e3779b97f4a7c15 + uint64(last) + 1
		sum += distribution(state, m.words)[w]
		last = w
	}
	return sum
}

func drawSentences(t *rapid.T, words int) []decode.Sentence {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) decode.Sentence {
		return decode.Sentence{
			Start: rapid.IntRange(0, words).Draw(t, "start"), End: rapid.IntRange(0, words-1).Draw(t, "end"),
			MaxLen: rapid.IntRange(1, 6).Draw(t, "longest"),
		}
	}), 0, 4).Draw(t, "sentences")
}

func TestBeam_widthOneIsGreedy(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.IntRange(1, 6).Draw(rt, "words")
		sentences := drawSentences(rt, words)
		seed := rapid.Uint64().Draw(rt, "seed")
		alpha := rapid.Float64Range(0, 1).Draw(rt, "alpha")
		greedy, err := decode.Greedy(&recurrent{t: t, words: words, seed: seed}, sentences)
		check(t, err)
		beam, err := decode.Beam(&recurrent{t: t, words: words, seed: seed}, sentences, decode.BeamOptions{Width: 1, Alpha: alpha})
		check(t, err)
		for i, g := range greedy {
			b := beam[i]
			if len(b) != 1 || !slices.Equal(b[0].Words, g.Words) || b[0].LogProb != g.LogProb || b[0].Ended != g.Ended {
				t.Fatalf("sentence %d: greedy %+v, beam %+v", i, g, b)
			}
		}
	})
}

// What is found for a sentence depends neither on the others nor on how many are
// asked for, its log-probability is right, and it is well formed.
func TestBeam_batch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.IntRange(1, 5).Draw(rt, "words")
		sentences := drawSentences(rt, words)
		m := &recurrent{t: t, words: words, seed: rapid.Uint64().Draw(rt, "seed")}
		o := decode.BeamOptions{
			Width: rapid.IntRange(1, 9).Draw(rt, "width"), // may exceed the vocabulary
			Alpha: rapid.Float64Range(0, 1.5).Draw(rt, "alpha"),
		}
		all, err := decode.Beam(m, sentences, o)
		check(t, err)
		for i, s := range sentences {
			one := &recurrent{t: t, words: words, seed: m.seed + uint64(i)}
			alone, err := decode.Beam(one, []decode.Sentence{s}, o)
			check(t, err)
			if len(alone[0]) != len(all[i]) || len(alone[0]) == 0 {
				t.Fatalf("sentence %d: %d hypotheses, alone %d", i, len(all[i]), len(alone[0]))
			}
			for k, h := range all[i] {
				if !slices.Equal(h.Words, alone[0][k].Words) {
					t.Fatalf("sentence %d: %v, alone %v", i, h.Words, alone[0][k].Words)
				}
				if math.Abs(h.LogProb-m.walked(i, s, h.Words)) > 1e-9 {
					t.Fatalf("sentence %d: log-probability %g of %v, want %g", i, h.LogProb, h.Words, m.walked(i, s, h.Words))
				}
				end := slices.Index(h.Words, s.End)
				if h.Ended != (end >= 0) || h.Ended && end != len(h.Words)-1 || !h.Ended && len(h.Words) != s.MaxLen {
					t.Fatalf("sentence %d, end %d, longest %d: %+v", i, s.End, s.MaxLen, h)
				}
				if len(h.Text()) != len(h.Words) && !h.Ended || slices.Contains(h.Text(), s.End) {
					t.Fatalf("text %v of %v", h.Text(), h.Words)
				}
				if k > 0 && h.Objective > all[i][k-1].Objective {
					t.Fatalf("sentence %d: objective %g after %g", i, h.Objective, all[i][k-1].Objective)
				}
			}
			o.NBest = 1
			best, err := decode.Beam(one, []decode.Sentence{s}, o)
			check(t, err)
			if !slices.Equal(best[0][0].Words, all[i][0].Words) {
				t.Fatalf("the best one %v, of all %v", best[0][0].Words, all[i][0].Words)
			}
			o.NBest = 0
		}
	})
}

// A search for one hypothesis stops where nothing can overtake it; a sentence
// that is done takes part in no further step.
func TestBeam_stopsEarly(t *testing.T) {
	const words, longest = 3, 200
	logp := make([]float64, longest*words*words)
	for i := range logp {
		logp[i] = []float64{math.Log(0.5), math.Log(0.3), math.Log(0.2)}[i%words]
	}
	s := decode.Sentence{Start: 1, End: 0, MaxLen: longest}
	m := &table{words: words, previous: words, logp: logp}
	_, err := decode.Beam(m, []decode.Sentence{s, s}, decode.BeamOptions{Width: 4, Alpha: 0.5, NBest: 1})
	check(t, err)
	if m.calls < 3 || m.calls > 25 || m.widest > 8 {
		t.Errorf("%d steps of at most %d rows, expected a few of at most 8", m.calls, m.widest)
	}
	m = &table{words: words, previous: words, logp: logp}
	found, err := decode.Beam(m, []decode.Sentence{s}, decode.BeamOptions{Width: 2})
	check(t, err)
	if m.calls != longest || len(found[0]) < longest {
		t.Errorf("all hypotheses: %d steps, %d found", m.calls, len(found[0]))
	}
}

// Length normalisation prefers the longer sentence, which the plain sum does not.
func TestSection2_6_LengthNormalisation(t *testing.T) {
	half, ln := math.Log(0.5), math.Log
	m := &table{words: 2, previous: 3, logp: []float64{
		0, 0, 0, 0, half, half, // from the start: end or go on
		0, 0, ln(0.9), ln(0.1), 0, 0, // then most likely end
		0, ln(1e-9), 0, ln(1e-9), 0, 0,
	}}
	s := []decode.Sentence{{Start: 2, End: 0, MaxLen: 3}}
	for alpha, want := range map[float64][]int{0: {0}, 1: {1, 0}} {
		found, err := decode.Beam(m, s, decode.BeamOptions{Width: 3, Alpha: alpha})
		check(t, err)
		if got := found[0][0].Words; !slices.Equal(got, want) {
			t.Errorf("alpha %g: %v, want %v", alpha, got, want)
		}
	}
}

// P(y*|x) > P(ŷ|x): the search; else the model.
func TestSection2_6_ErrorAnalysis(t *testing.T) {
	causes, share, err := decode.Analyse([]float64{-1, -2, -3, -3}, []float64{-2, -1, -3, -4})
	check(t, err)
	want := []decode.Cause{decode.SearchFault, decode.ModelFault, decode.ModelFault, decode.SearchFault}
	if !slices.Equal(causes, want) || share != 0.5 {
		t.Errorf("causes %v, share %g", causes, share)
	}
	if decode.SearchFault.String() == decode.ModelFault.String() || len(decode.ModelFault.Remedies()) != 3 || len(decode.SearchFault.Remedies()) != 1 {
		t.Error("names or remedies")
	}
}

func TestScore_ofGreedy(t *testing.T) {
	s := []decode.Sentence{{Start: 9, End: 0, MaxLen: 6}, {Start: 8, End: 1, MaxLen: 3}, {Start: 8, End: 1, MaxLen: 1}}
	m := &recurrent{t: t, words: 4, seed: 5}
	found, err := decode.Greedy(m, s)
	check(t, err)
	var words [][]int
	for _, h := range found {
		words = append(words, h.Words)
	}
	words[2] = nil // the empty text is certain
	got, err := decode.Score(m, s, words)
	check(t, err)
	for i, want := range []float64{found[0].LogProb, found[1].LogProb, 0} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("sentence %d: %g, want %g", i, got[i], want)
		}
	}
}

func TestSample_distribution(t *testing.T) {
	logp := []float64{math.Log(0.1), math.Log(0.2), math.Inf(-1), math.Log(0.3), math.Log(0.4)}
	square := 0.01 + 0.04 + 0.09 + 0.16
	for _, c := range []struct {
		name string
		o    decode.SampleOptions
		want []float64
	}{
		{"plain", decode.SampleOptions{}, []float64{0.1, 0.2, 0, 0.3, 0.4}},
		{"cold", decode.SampleOptions{Temperature: 0.5}, []float64{0.01 / square, 0.04 / square, 0, 0.09 / square, 0.16 / square}},
		{"the best two", decode.SampleOptions{TopK: 2}, []float64{0, 0, 0, 3. / 7, 4. / 7}},
		{"more than all", decode.SampleOptions{TopK: 99}, []float64{0.1, 0.2, 0, 0.3, 0.4}},
		{"nucleus", decode.SampleOptions{TopP: 0.75}, []float64{0, 2. / 9, 0, 3. / 9, 4. / 9}},
		{"nucleus of the best two", decode.SampleOptions{TopK: 2, TopP: 0.5}, []float64{0, 0, 0, 0, 1}},
		{"nearly frozen", decode.SampleOptions{Temperature: 1e-6}, []float64{0, 0, 0, 0, 1}},
	} {
		const n = 20000
		count := make([]float64, len(logp))
		for i := range n {
			w, err := decode.Pick(logp, c.o, (float64(i)+0.5)/n)
			check(t, err)
			count[w]++
		}
		for w, want := range c.want {
			if math.Abs(count[w]/n-want) > 1e-3 {
				t.Errorf("%s: word %d with %g, want %g", c.name, w, count[w]/n, want)
			}
		}
	}
}

// What is drawn is a function of seed, sentence and step.
func TestSample_repeatable(t *testing.T) {
	s := slices.Repeat([]decode.Sentence{{Start: 7, End: 0, MaxLen: 30}}, 4)
	draw := func(sentences []decode.Sentence, seed uint64) []decode.Hypothesis {
		found, err := decode.Sample(&recurrent{t: t, words: 6, seed: 1}, sentences, decode.SampleOptions{Seed: seed})
		check(t, err)
		return found
	}
	all, again, fewer, other := draw(s, 3), draw(s, 3), draw(s[:2], 3), draw(s, 4)
	for i, h := range all {
		if !slices.Equal(h.Words, again[i].Words) || i < 2 && !slices.Equal(h.Words, fewer[i].Words) {
			t.Errorf("sentence %d: %v, again %v", i, h.Words, again[i].Words)
		}
	}
	if slices.EqualFunc(all, other, func(a, b decode.Hypothesis) bool { return slices.Equal(a.Words, b.Words) }) {
		t.Error("another seed draws the same")
	}
	m := &recurrent{words: 6, seed: 1}
	for i, h := range all {
		if math.Abs(h.LogProb-m.walked(i, s[i], h.Words)) > 1e-9 {
			t.Errorf("sentence %d: log-probability %g, want %g", i, h.LogProb, m.walked(i, s[i], h.Words))
		}
	}
	cold, err := decode.Sample(&recurrent{t: t, words: 6, seed: 1}, s, decode.SampleOptions{TopK: 1})
	check(t, err)
	greedy, err := decode.Greedy(&recurrent{t: t, words: 6, seed: 1}, s)
	check(t, err)
	for i := range cold {
		if !slices.Equal(cold[i].Words, greedy[i].Words) {
			t.Errorf("top 1 draws %v, greedy %v", cold[i].Words, greedy[i].Words)
		}
	}
}

// broken returns one log-probability for all words, or an error.
type broken struct {
	words int
	logp  float64
	err   error
}

func (m broken) Words() int { return m.words }
func (m broken) Step(_ int, _ []decode.Row, logp []float64) error {
	for i := range logp {
		logp[i] = m.logp
	}
	return m.err
}

func TestSentences_wrongUse(t *testing.T) {
	fine := broken{words: 3, logp: -1}
	s := []decode.Sentence{{End: 0, MaxLen: 4}}
	overheated := errors.New("overheated")
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"width", func() error { _, err := decode.Beam(fine, s, decode.BeamOptions{}); return err }, "beam of width 0"},
		{"alpha", func() error {
			_, err := decode.Beam(fine, s, decode.BeamOptions{Width: 1, Alpha: math.NaN()})
			return err
		}, "alpha NaN"},
		{"end", func() error {
			_, err := decode.Greedy(fine, []decode.Sentence{{End: 3, MaxLen: 1}})
			return err
		}, "sentence 0: end 3, expected 0 to 2"},
		{"length", func() error { _, err := decode.Greedy(fine, []decode.Sentence{{}}); return err }, "at most 0 words"},
		{"no words", func() error { _, err := decode.Greedy(broken{}, s); return err }, "a model of 0 words"},
		{"NaN", func() error {
			_, err := decode.Beam(broken{words: 3, logp: math.NaN()}, s, decode.BeamOptions{Width: 2})
			return err
		}, "step 0, sentence 0: log-probability NaN of word 0"},
		{"logits", func() error { _, err := decode.Greedy(broken{words: 3, logp: 4}, s); return err }, "log-probability 4 of word 0, expected at most 0"},
		{"nothing can follow", func() error {
			_, err := decode.Beam(broken{words: 3, logp: math.Inf(-1)}, s, decode.BeamOptions{Width: 2})
			return err
		}, "no word can follow"},
		{"nothing to take", func() error { _, err := decode.Greedy(broken{words: 3, logp: math.Inf(-1)}, s); return err }, "no word can follow"},
		{"nothing to draw", func() error {
			_, err := decode.Sample(broken{words: 3, logp: math.Inf(-1)}, s, decode.SampleOptions{})
			return err
		}, "no word can follow"},
		{"model", func() error { _, err := decode.Greedy(broken{words: 3, logp: -1, err: overheated}, s); return err }, "step 0: overheated"},
		{"temperature", func() error { _, err := decode.Sample(fine, s, decode.SampleOptions{Temperature: -1}); return err }, "temperature -1"},
		{"nucleus", func() error { _, err := decode.Pick([]float64{0}, decode.SampleOptions{TopP: 2}, 0.5); return err }, "nucleus 2"},
		{"pick", func() error { _, err := decode.Pick([]float64{0, math.NaN()}, decode.SampleOptions{}, 0.5); return err }, "log-probability NaN of word 1"},
		{"texts", func() error { _, err := decode.Score(fine, s, nil); return err }, "0 texts for 1 sentences"},
		{"word", func() error { _, err := decode.Score(fine, s, [][]int{{1, 3}}); return err }, "sentence 0: word 1 is 3, expected 0 to 2"},
		{"analysis", func() error { _, _, err := decode.Analyse([]float64{1}, nil); return err }, "1 good sentences, 0 found"},
		{"analysis of NaN", func() error { _, _, err := decode.Analyse([]float64{math.NaN()}, []float64{0}); return err }, "sentence 0: log-probabilities NaN, 0"},
	} {
		if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	if err := func() error { _, err := decode.Greedy(broken{words: 1, err: overheated}, s); return err }(); !errors.Is(err, overheated) {
		t.Errorf("the cause is lost: %v", err)
	}
	if found, err := decode.Beam(fine, nil, decode.BeamOptions{Width: 1}); err != nil || len(found) != 0 {
		t.Errorf("no sentence: %v, %v", found, err)
	}
}
