package metrics

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The wanted tokens were made with Python's re and the four rules of 13a.
func TestTokenize13a(t *testing.T) {
	for text, want := range map[string]string{
		"Hello, world!":                  "Hello|,|world|!",
		"It costs $1,000.50, not 2.":     "It|costs|$|1,000.50|,|not|2|.",
		"state-of-the-art 3-4 5-":        "state-of-the-art|3|-|4|5|-",
		"a.b ,. 1.x x.1":                 "a|.|b|,|.|1|.|x|x|.|1",
		"&quot;R&amp;D&quot; &lt;b&gt;":  `"|R|&|D|"|<|b|>`,
		"&amp;lt;":                       "<",
		"wrap-\nped line\nhere  ":        "wrapped|line|here",
		"<skipped> «Xin chào», “ừ”…":     "«Xin|chào»|,|“ừ”…",
		"don't [stop] {now} a/b x^y_z~`": "don't|[|stop|]|{|now|}|a|/|b|x|^|y|_|z|~|`",
		"":                               "",
		".,.,":                           ".|,|.|,",
		"\u00a0x\x1cy":                   "x|y",
	} {
		if got := strings.Join(Tokenize13a(text), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func words(s string) []string { return strings.Fields(s) }

// exp(1/n Σ p_k) with clipped n-gram precisions p_k, as printed; the usual form
// takes logarithms and a penalty for brevity.
func TestSection2_6_BLEU(t *testing.T) {
	hypothesis, reference := words("the cat the cat on the mat"), [][]string{words("the cat is on the mat"), words("there is a cat on the mat")}
	// the 2 of 3, cat 1 of 2, on, mat: 5 of 7; the cat 1 of 2, cat on (of the
	// second reference), on the, the mat: 4 of 6.
	score, p, err := CheatsheetBLEU(hypothesis, reference, 2)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(p[0]-5./7) > 1e-15 || math.Abs(p[1]-4./6) > 1e-15 || math.Abs(score-math.Exp((5./7+4./6)/2)) > 1e-15 {
		t.Errorf("score %v of %v", score, p)
	}
	b, err := SentenceBLEU(words("the cat"), reference, BLEUOpts{MaxOrder: 2})
	if err != nil {
		t.Fatal(err)
	}
	// All n-grams are right, but 2 words stand for 6.
	if want := math.Exp(1 - 6./2); math.Abs(b.BP-want) > 1e-15 || math.Abs(b.Score-100*want) > 1e-12 {
		t.Errorf("%+v, want a penalty of %v", b, want)
	}
}

func TestBLEU_cases(t *testing.T) {
	for name, c := range map[string]struct {
		hypothesis string
		references []string
		opts       BLEUOpts
		score, bp  float64
	}{
		"identical":         {"a b c d", []string{"a b c d"}, BLEUOpts{}, 100, 1},
		"nothing in common": {"a b c d", []string{"e f g h"}, BLEUOpts{}, 0, 1},
		"empty":             {"", []string{"a b"}, BLEUOpts{}, 0, 0},
		"empty reference":   {"a b c d", []string{""}, BLEUOpts{}, 0, 1},
		"short, none":       {"a b", []string{"a b"}, BLEUOpts{Smoothing: SmoothNone}, 0, 1},
		"short, effective":  {"a b", []string{"a b"}, BLEUOpts{EffectiveOrder: true}, 100, 1},
		// p = 3/4, 1/3, then 1/(2·2), 1/(4·1)
		"exp": {"a b x d", []string{"a b c d"}, BLEUOpts{}, 100 * math.Pow(0.75/3/4/4, 0.25), 1},
		// the same with 0.1/2, 0.1/1
		"floor": {"a b x d", []string{"a b c d"}, BLEUOpts{Smoothing: SmoothFloor}, 100 * math.Pow(0.75/3*0.05*0.1, 0.25), 1},
		// (3, 4), (1+1, 3+1), (0+1, 2+1), (0+1, 1+1)
		"add-k":       {"a b x d", []string{"a b c d"}, BLEUOpts{Smoothing: SmoothAddK}, 100 * math.Pow(0.75*0.5/3/2, 0.25), 1},
		"tie":         {"a b c", []string{"a b c d", "a b"}, BLEUOpts{MaxOrder: 1}, 100, 1}, // the shorter reference: no penalty
		"brevity":     {"a b", []string{"a b c"}, BLEUOpts{MaxOrder: 2}, 100 * math.Exp(-0.5), math.Exp(-0.5)},
		"clip at max": {"the the the", []string{"the cat sat", "the the cat"}, BLEUOpts{MaxOrder: 1}, 200. / 3, 1},
	} {
		var references [][]string
		for _, r := range c.references {
			references = append(references, words(r))
		}
		b, err := SentenceBLEU(words(c.hypothesis), references, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, b.Score, c.score, 1e-12)
		near(t, name+" bp", b.BP, c.bp, 1e-15)
	}
}

func TestBLEU_properties(t *testing.T) {
	sentence := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 4, 12)
	rapid.Check(t, func(t *rapid.T) {
		var hypotheses [][]string
		var references, same [][][]string
		for range rapid.IntRange(1, 4).Draw(t, "sentences") {
			h := sentence.Draw(t, "hypothesis")
			hypotheses = append(hypotheses, h)
			references = append(references, rapid.SliceOfN(sentence, 1, 3).Draw(t, "references"))
			same = append(same, [][]string{h, sentence.Draw(t, "other")})
		}
		b, err := CorpusBLEU(hypotheses, references, BLEUOpts{})
		if err != nil || !(b.Score >= 0 && b.Score <= 100+1e-9) {
			t.Fatalf("%v, %v, want a score of 0 to 100", b, err)
		}
		b, err = CorpusBLEU(hypotheses, same, BLEUOpts{})
		if err != nil || math.Abs(b.Score-100) > 1e-9 {
			t.Fatalf("%v, %v, want 100 for identical texts", b, err)
		}
		score, _, err := CheatsheetBLEU(hypotheses[0], same[0], 4)
		if err != nil || math.Abs(score-math.E) > 1e-12 {
			t.Fatalf("%v, %v, want e for identical texts", score, err)
		}
	})
}

func TestSection2_5_Perplexity(t *testing.T) {
	p := []float64{0.5, 0.25, 0.125}
	product := 1.0
	var logs, yHat []float64
	for _, v := range p {
		product *= 1 / v
		logs = append(logs, math.Log(v))
		yHat = append(yHat, 1-v, v)
	}
	pp, err := Perplexity(logs)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "perplexity", pp, math.Pow(product, 1./3), 1e-14)
	bits, err := BitsPerSymbol(logs)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bits", bits, 2, 1e-15)
	h, err := CrossEntropy([]float64{0, 1, 0, 1, 0, 1}, yHat, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "cross-entropy", math.Exp(h), pp, 1e-14)
	if pp, err := Perplexity([]float64{0, math.Inf(-1)}); err != nil || !math.IsInf(pp, 1) {
		t.Errorf("an impossible word: got %g, %v, want +Inf", pp, err)
	}
}

func TestText_errors(t *testing.T) {
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"no reference":  {func() error { _, err := SentenceBLEU(words("a"), nil, BLEUOpts{}); return err }, "sentence 0 has no reference"},
		"counts":        {func() error { _, err := CorpusBLEU([][]string{{"a"}}, nil, BLEUOpts{}); return err }, "1 hypotheses, 0 sets"},
		"order":         {func() error { _, err := NewBLEUStats(BLEUOpts{MaxOrder: -1}); return err }, "order -1"},
		"smoothing":     {func() error { _, err := NewBLEUStats(BLEUOpts{Smoothing: 9}); return err }, "unknown smoothing 9"},
		"cheatsheet":    {func() error { _, _, err := CheatsheetBLEU(nil, nil, 1); return err }, "0 references"},
		"no words":      {func() error { _, err := Perplexity(nil); return err }, "nothing to measure"},
		"nan":           {func() error { _, err := Perplexity([]float64{math.NaN()}); return err }, "log-probability 0 is NaN"},
		"shapes":        {func() error { _, err := CrossEntropy(make([]float64, 3), make([]float64, 4), 2); return err }, "3 true probabilities, 4 predicted"},
		"negative":      {func() error { _, err := CrossEntropy([]float64{1}, []float64{-1}, 1); return err }, "probability -1 at word 0"},
		"no statistics": {func() error { _, err := new(BLEUStats).BLEU(); return err }, "nothing to measure"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func FuzzTokenize13a(f *testing.F) {
	f.Add("a-b, 1.5\n&amp;")
	f.Fuzz(func(t *testing.T, s string) {
		for _, token := range Tokenize13a(s) {
			if token == "" || strings.ContainsFunc(token, isSpace) {
				t.Errorf("token %q of %q", token, s)
			}
		}
	})
}
