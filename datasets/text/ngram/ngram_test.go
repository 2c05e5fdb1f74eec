package ngram

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hocsau/hocsau/internal/golden"
	"pgregory.net/rapid"
)

func split(lines ...string) [][]string {
	var out [][]string
	for _, l := range lines {
		out = append(out, strings.Fields(l))
	}
	return out
}

func train(t testing.TB, order int, lines ...string) *Counts {
	t.Helper()
	c, err := Train(order, split(lines...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSection2_5_NGramModel(t *testing.T) {
	c := train(t, 2, "a b a", "a c")
	addOne, err := NewAddK(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	kn, err := NewNLTKKneserNey(c, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	// bigrams: <s>a ×2, ab, ba, a</s>, ac, c</s>: six types; vocabulary <UNK> <s> </s> a b c
	for _, tc := range []struct {
		name string
		m    Model
		c, w string
		want float64
	}{
		{"MLE", NewMLE(c), "a", "b", 1. / 3},
		{"MLE of an unseen pair", NewMLE(c), "b", "c", 0},
		{"MLE after an unseen word", NewMLE(c), "z", "a", 0},
		{"MLE at the start", NewMLE(c), Begin, "a", 1},
		{"add-one", addOne, "a", "b", 2. / 9},
		{"add-one after an unseen word", addOne, "z", "a", 1. / 6},
		// P(b) = N(b)/6 = 1/6; (1 − ½)/3 + ½·3/3·1/6
		{"Kneser-Ney", kn, "a", "b", 0.5/3 + 0.5/6},
		// P(a) = N(a)/6 = 2/6 (after <s>, b); b was seen before a alone: (1 − ½)/1 + ½·1·1/3
		{"Kneser-Ney", kn, "b", "a", 0.5 + 0.5/3},
		{"Kneser-Ney after an unseen word", kn, "z", "a", 1. / 3},
	} {
		if got := tc.m.Prob([]string{tc.c}, tc.w); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("%s P(%s | %s): got %v, want %v", tc.name, tc.w, tc.c, got, tc.want)
		}
	}
}

func TestSection2_5_Perplexity(t *testing.T) {
	c := train(t, 2, "a b", "a c")
	m := NewMLE(c)
	if got := LogProb(m, []string{"a", "b"}); math.Abs(got-math.Log(0.5)) > 1e-12 {
		t.Errorf("log P: got %v", got)
	}
	got, err := Perplexity(m, split("a b", "a c")) // T = 6, two choices of a half
	if want := math.Pow(4, 1./6); err != nil || math.Abs(got-want) > 1e-12 {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := Perplexity(m, split("b b")); err != nil || !math.IsInf(got, 1) {
		t.Errorf("an impossible sentence: %v, %v", got, err)
	}
	if _, err := Perplexity(m, nil); err == nil || !strings.Contains(err.Error(), "perplexity of no words") {
		t.Errorf("got %v", err)
	}
	one := train(t, 1, "a a b")
	if got, err := Perplexity(NewMLE(one), split("a b")); err != nil || math.Abs(got-math.Sqrt(9./2)) > 1e-12 {
		t.Errorf("unigrams: %v, %v", got, err)
	}
}

// Every estimate sums to 1 over the vocabulary, after any context that MLE knows.
func TestProb_sumsToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		sentences := rapid.SliceOfN(rapid.SliceOfN(word, 1, 6), 1, 6).Draw(t, "sentences")
		order := rapid.IntRange(2, 4).Draw(t, "order")
		c, err := Train(order, sentences)
		if err != nil {
			t.Fatal(err)
		}
		add, err := NewAddK(c, rapid.Float64Range(0.01, 3).Draw(t, "k"))
		if err != nil {
			t.Fatal(err)
		}
		discount := rapid.Float64Range(0, 1).Draw(t, "discount")
		kn, err := NewKneserNey(c, discount)
		if err != nil {
			t.Fatal(err)
		}
		nltk, err := NewNLTKKneserNey(c, discount)
		if err != nil {
			t.Fatal(err)
		}
		nltk.Proper = true
		context := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "z", Begin}), 0, order).Draw(t, "context")
		mle := NewMLE(c)
		modified, err := NewModifiedKneserNey(c)
		if err != nil {
			t.Fatal(err)
		}
		for name, m := range map[string]Model{"add-k": add, "Kneser-Ney": kn, "nltk": nltk, "modified Kneser-Ney": modified, "MLE": mle} {
			sum := 0.0
			for _, w := range c.Words() {
				sum += m.Prob(context, w)
			}
			if name == "MLE" && sum == 0 {
				continue
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("%s after %v: sum %v", name, context, sum)
			}
		}
	})
}

func TestGenerate(t *testing.T) {
	c := train(t, 2, "a b c", "a b c", "b c a")
	m := NewMLE(c)
	one := Generate(m, []string{"a"}, 20, 1)
	if !slices.Equal(one, Generate(m, []string{"a"}, 20, 1)) {
		t.Error("the same seed draws another sentence")
	}
	for seed := range uint64(20) {
		s := Generate(m, nil, 20, seed)
		if math.IsInf(LogProb(m, s), -1) && len(s) < 20 {
			t.Errorf("%v is impossible", s)
		}
	}
	if got := Generate(m, []string{"z"}, 5, 1); len(got) != 1 {
		t.Errorf("after an unseen word: %v", got)
	}
}

func TestTop(t *testing.T) {
	words, counts := train(t, 2, "a b a", "a c").Top(2, 2)
	if diff := cmp.Diff([][]string{{"<s>", "a"}, {"a", "</s>"}}, words); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{2, 1}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestNewModifiedKneserNey_discounts(t *testing.T) {
	// bigrams that occur once: <s>a ab bc cd de e</s>; 3 times: xy y</s>; 4 times: xz z</s>; 7 times: <s>x
	c := train(t, 2, "a b c d e", "x y", "x y", "x y", "x z", "x z", "x z", "x z")
	m, err := NewModifiedKneserNey(c)
	if err != nil {
		t.Fatal(err)
	}
	// Y = 1, d_1 = 1 − 2·0/6 = 1; n_2 = 0 leaves the default; d_3 = 3 − 4·n_4/n_3 = 3 − 4·2/2 < 0 leaves it too
	if diff := cmp.Diff([][3]float64{{1, 0.75, 0.75}}, m.discounts[1:]); diff != "" {
		t.Error(diff)
	}
	if _, err := NewModifiedKneserNey(train(t, 1, "a")); err == nil || !strings.Contains(err.Error(), "order 1") {
		t.Errorf("got %v", err)
	}
}

func TestFailures(t *testing.T) {
	one, two := train(t, 1, "a"), train(t, 2, "a")
	_, order0 := Train(0, split("a"))
	_, order99 := Train(99, split("a"))
	_, empty := Train(2, [][]string{{}, {}})
	_, k := NewAddK(two, 0)
	_, kn := NewKneserNey(one, 0.5)
	_, d := NewKneserNey(two, math.NaN())
	for says, err := range map[string]error{
		"order 0, expected 1 to 10": order0, "order 99": order99, "2 sentences without a word": empty,
		"k: found 0": k, "order 1, expected 2 or more": kn, "discount: found NaN": d,
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestReference(t *testing.T) {
	golden.Run(t, "datasets/text/ngram", func(t *testing.T, c *golden.Case) {
		counts, err := Train(c.Params.Int("n"), c.Params.StringLists("train"))
		if err != nil {
			t.Fatal(err)
		}
		var m Model
		switch c.Op {
		case "ngram_mle":
			m = NewMLE(counts)
		case "ngram_laplace":
			m, err = NewAddK(counts, 1)
		case "ngram_addk":
			m, err = NewAddK(counts, c.Params.Float("k"))
		case "ngram_kneser_ney":
			m, err = NewNLTKKneserNey(counts, c.Params.Float("discount"))
		default:
			t.Fatalf("no test for %s", c.Op)
		}
		if err != nil {
			t.Fatal(err)
		}
		var queries [][]json.RawMessage
		c.Params.Decode("queries", &queries)
		scores := make([]float64, len(queries))
		sum := 0.0
		for i, q := range queries {
			var context []string
			var word string
			if err := json.Unmarshal(q[0], &context); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(q[1], &word); err != nil {
				t.Fatal(err)
			}
			scores[i] = m.Prob(context, word)
			sum += math.Log(scores[i])
		}
		c.Check("output.score", scores, []int{len(scores)})
		if c.Has("output.perplexity") {
			c.Check("output.perplexity", []float64{math.Exp(-sum / float64(len(scores)))}, nil)
		}
	})
}

func TestCases_unknownWords(t *testing.T) {
	var want map[string]float64
	dir := golden.Everyday(t, "47-ngram-unknown-words", &want)
	read := func(name string) (sentences [][]string) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return split(strings.Split(strings.TrimSpace(string(b)), "\n")...)
	}
	c, err := Train(2, read("train.txt"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewKneserNey(c, 0.75)
	if err != nil {
		t.Fatal(err)
	}
	s := Evaluate(m, read("test.txt"))
	for name, got := range map[string]float64{
		"P(<UNK>)": m.Prob(nil, Unknown), "P(<UNK> | a)": m.Prob([]string{"a"}, "zebra"),
		"words": float64(s.Words), "unknown": float64(s.Unknown), "perplexity with unknown words": s.Perplexity, "perplexity without": s.Known,
	} {
		if math.Abs(got-want[name]) > 5e-5 || strings.HasPrefix(name, "P") && math.Abs(got-want[name]) > 1e-6 {
			t.Errorf("%s: %v, want %v", name, got, want[name])
		}
	}
	if p, err := Perplexity(m, read("test.txt")); err != nil || math.Abs(p-s.Perplexity) > 1e-9 {
		t.Errorf("perplexity %v, %v, want %v", p, err, s.Perplexity)
	}
}

// An unseen word is never impossible, whatever the order.
func TestKneserNey_unknown(t *testing.T) {
	for order := 2; order <= 4; order++ {
		c := train(t, order, "a boat lies idle", "a flock of geese", "the boat", "the boat")
		kn, err := NewKneserNey(c, 0.75)
		if err != nil {
			t.Fatal(err)
		}
		modified, err := NewModifiedKneserNey(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []Model{kn, modified} {
			s := Evaluate(m, split("a kayak", "the boat zebra"))
			if p := m.Prob([]string{"a"}, "zebra"); !(p > 0) || s.Words != 7 || s.Unknown != 2 || math.IsInf(s.Perplexity, 0) || !(s.Known < s.Perplexity) {
				t.Errorf("order %d: P(zebra | a) = %v, %+v", order, p, s)
			}
		}
	}
}
