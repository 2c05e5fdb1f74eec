package ngram

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// build returns the model of sentences.
func build(t testing.TB, order int, memory int64, sentences [][]string) *LM {
	t.Helper()
	b, err := NewBuilder(order, BuildOptions{Memory: memory, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, s := range sentences {
		if err := b.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	m, err := b.Estimate()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.check(); err != nil {
		t.Fatal(err)
	}
	return m
}

// plainModel is modified Kneser-Ney written down as the formulas say it, with maps.
type plainModel struct {
	order     int
	adjusted  []map[string]int // of n-grams, their words parted by blanks
	discounts [][4]float64
	vocab     map[string]bool // without <s>
}

func plainKneserNey(order int, sentences [][]string) *plainModel {
	m := &plainModel{order: order, vocab: map[string]bool{lmUnknown: true, End: true}}
	raw := make([]map[string]int, order)
	before := make([]map[string]map[string]bool, order)
	for k := range order {
		raw[k], before[k] = map[string]int{}, map[string]map[string]bool{}
		m.adjusted = append(m.adjusted, map[string]int{})
	}
	for _, s := range sentences {
		words := append(append([]string{Begin}, s...), End)
		for _, w := range s {
			m.vocab[w] = true
		}
		for i := 1; i < len(words); i++ {
			for k := 0; k < order && k <= i; k++ {
				g := strings.Join(words[i-k:i+1], " ")
				raw[k][g]++
				if k < i {
					if before[k][g] == nil {
						before[k][g] = map[string]bool{}
					}
					before[k][g][words[i-k-1]] = true
				}
			}
		}
	}
	for k := range order {
		var n [5]float64
		for g, c := range raw[k] {
			if k < order-1 && !strings.HasPrefix(g, Begin+" ") {
				c = len(before[k][g])
			}
			m.adjusted[k][g] = c
			if c < 5 {
				n[c]++
			}
		}
		d := [4]float64{0, 0.5, 1, 1.5}
		y := n[1] / (n[1] + 2*n[2])
		own := [4]float64{0, 1 - 2*y*n[2]/n[1], 2 - 3*y*n[3]/n[2], 3 - 4*y*n[4]/n[3]}
		good := true
		for j := 1; j <= 3; j++ {
			good = good && own[j] >= 0 && own[j] <= float64(j)
		}
		if good {
			d = own
		}
		m.discounts = append(m.discounts, d)
	}
	return m
}

func (m *plainModel) prob(context []string, word string) float64 {
	if len(context) >= m.order {
		context = context[len(context)-m.order+1:]
	}
	k := len(context)
	var lower float64
	if k == 0 {
		lower = 1 / float64(len(m.vocab))
	} else {
		lower = m.prob(context[1:], word)
	}
	total, rest, own := 0.0, 0.0, 0.0
	for g, c := range m.adjusted[k] {
		words := strings.Fields(g)
		if !slices.Equal(words[:k], context) {
			continue
		}
		total += float64(c)
		rest += m.discounts[k][min(c, 3)]
		if words[k] == word {
			own = float64(c) - m.discounts[k][min(c, 3)]
		}
	}
	if total == 0 {
		return lower
	}
	return own/total + rest/total*lower
}

func sentencesOf(t *rapid.T) [][]string {
	word := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "é"})
	return rapid.SliceOfN(rapid.SliceOfN(word, 0, 7), 1, 12).Draw(t, "sentences")
}

func TestBuilder_isKneserNey(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sentences := sentencesOf(r)
		order := rapid.IntRange(1, 4).Draw(r, "order")
		m := build(t, order, 0, sentences)
		want := plainKneserNey(order, sentences)
		context := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "z"}), 0, 4).Draw(r, "context")
		if rapid.Bool().Draw(r, "begin") {
			context = append([]string{Begin}, context...)
		}
		for i, w := range context {
			if !m.Has(w) && w != Begin {
				context[i] = lmUnknown
			}
		}
		sum := 0.0
		for _, w := range m.Words() {
			p := m.Prob(context, w)
			sum += p
			if w == Begin {
				continue
			}
			if q := want.prob(context, w); math.Abs(p-q) > 1e-5*q { // float32
				r.Fatalf("P(%s | %q) = %v, want %v", w, context, p, q)
			}
		}
		if math.Abs(sum-1) > 1e-5 {
			r.Fatalf("the sum behind %q is %v", context, sum)
		}
	})
}

// The same text in many runs on the disk gives the same model.
func TestBuilder_runs(t *testing.T) {
	var sentences [][]string
	x := uint32(1)
	for range 6000 {
		var s []string
		for range 1 + x>>8%9 {
			x = x*1664525 + 1013904223
			s = append(s, fmt.Sprint("w", (x>>16)%97*(x>>24)%53))
		}
		sentences = append(sentences, s)
	}
	one, many := build(t, 4, 0, sentences), build(t, 4, 1<<16, sentences)
	for k := range one.levels {
		if diff := cmp.Diff(one.levels[k], many.levels[k], cmp.AllowUnexported(level{})); diff != "" {
			t.Errorf("order %d: %.300s", k+1, diff)
		}
	}
	b, err := NewBuilder(4, BuildOptions{Memory: 1 << 16, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences {
		if err := b.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.runs) < 3 {
		t.Errorf("%d runs on the disk, expected several", len(b.runs))
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(b.o.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v left, %v", left, err)
	}
}

func TestLM_files(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := build(t, rapid.IntRange(1, 4).Draw(r, "order"), 0, sentencesOf(r))
		var arpa, binary bytes.Buffer
		if err := m.WriteARPA(&arpa); err != nil {
			r.Fatal(err)
		}
		if err := m.Write(&binary); err != nil {
			r.Fatal(err)
		}
		a, err := ReadARPA(&arpa)
		if err != nil {
			r.Fatal(err)
		}
		b, err := Read(&binary)
		if err != nil {
			r.Fatal(err)
		}
		for _, got := range []*LM{a, b} {
			if diff := cmp.Diff(m.levels[1:], got.levels[1:], cmp.AllowUnexported(level{}), cmpopts.EquateEmpty()); diff != "" || !slices.Equal(m.words, got.words) || !slices.Equal(m.levels[0].prob[2:], got.levels[0].prob[2:]) {
				r.Fatal(diff)
			}
		}
	})
}

// A pruned model as SRILM writes it: the ending "b c" of "a b c" is left out, weights too where they are 0.
const prunedARPA = `some words before

\data\
ngram 1=5
ngram 2=2
ngram 3=1

\1-grams:
-1.0	<unk>
-99	<s>	-0.5
-0.6	</s>
-0.7	a	-0.2
-0.8	b	-0.3

\2-grams:
-0.4	<s> a	-0.1
-0.2	a b	-0.15

\3-grams:
-0.05	<s> a </s>

\end\
`

func TestReadARPA_pruned(t *testing.T) {
	m, err := ReadARPA(strings.NewReader(prunedARPA))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		context, word string
		want          float64 // by hand
	}{
		{"", "a", -0.7}, {"<s>", "a", -0.4}, {"<s> a", "</s>", -0.05},
		{"a", "</s>", -0.2 - 0.6}, {"b a", "</s>", -0.2 - 0.6}, {"<s> a", "b", -0.1 - 0.2},
		{"a b", "a", -0.15 - 0.3 - 0.7}, {"a", "zebra", -0.2 - 1}, {"zebra", "a", -0.7},
	} {
		if got := math.Log10(m.Prob(strings.Fields(c.context), c.word)); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("log P(%s | %s) = %v, want %v", c.word, c.context, got, c.want)
		}
	}
	path := filepath.Join(t.TempDir(), "m.arpa")
	if err := m.SaveARPA(path); err != nil {
		t.Fatal(err)
	}
	if again, err := Load(path); err != nil || again.Len(2) != m.Len(2) {
		t.Error(err)
	}
	for says, text := range map[string]string{
		`found no \end\`: strings.Replace(prunedARPA, `\end\`, "", 1), "announced were 6": strings.Replace(prunedARPA, "1=5", "1=6", 1),
		"at most 0": strings.Replace(prunedARPA, "-0.4\t<s> a", "0.4\t<s> a", 1), "is no single word": strings.Replace(prunedARPA, "a b", "a x", 1),
		"2 words and perhaps": strings.Replace(prunedARPA, "a b\t", "a b b b\t", 1), "comes twice": strings.Replace(prunedARPA, "-0.8\tb", "-0.8\ta", 1),
	} {
		if _, err := ReadARPA(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
}

func TestLM_unknown(t *testing.T) {
	m := build(t, 3, 0, split("a boat lies idle", "a flock of geese", "the boat and the flock", "a boat"))
	s := m.Evaluate(split("a kayak drifts near a flock of herons", "the boat"))
	if s.Words != 12 || s.Unknown != 4 || math.IsInf(s.Perplexity, 0) || !(s.Known < s.Perplexity) {
		t.Errorf("%+v", s)
	}
	if p := m.Prob([]string{"a"}, "zebra"); !(p > 0) {
		t.Errorf("P(zebra | a) = %v", p)
	}
	if p := math.Exp(m.LogProb(split("a boat")[0])); math.Abs(p-m.Prob([]string{Begin}, "a")*m.Prob([]string{Begin, "a"}, "boat")*m.Prob([]string{"a", "boat"}, End)) > 1e-6 {
		t.Errorf("P(a boat) = %v", p)
	}
}

func FuzzReadARPA(f *testing.F) {
	f.Add([]byte(prunedARPA))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := ReadARPA(bytes.NewReader(data)); err == nil {
			m.Prob([]string{Begin, "a"}, "b")
		}
	})
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := build(f, 3, 0, split("a b c", "a c")).Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Read(bytes.NewReader(data)); err == nil {
			m.Prob([]string{Begin, "a"}, "b")
		}
	})
}
