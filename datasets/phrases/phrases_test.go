package phrases_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/phrases"
)

func made(t testing.TB, o phrases.Options) []phrases.Sentence {
	t.Helper()
	s, err := phrases.New(o)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]phrases.Sentence, s.Len())
	for i := range all {
		if all[i], err = s.At(i); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Each word has labels that exist; I-X follows B-X or I-X; the ends are right.
func TestSentence_wellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range made(t, phrases.Options{Len: 3000, Seed: 1}) {
		if len(x.Words) < 5 || len(x.Words) > 30 || len(x.Entities) != len(x.Words) || len(x.POS) != len(x.Words) {
			t.Fatalf("%d words, %d tags, %d parts of speech: %s", len(x.Words), len(x.Entities), len(x.POS), x)
		}
		for i, tag := range x.Entities {
			seen[tag], seen[x.POS[i]] = true, true
			if !slices.Contains(phrases.EntityTags(), tag) || !slices.Contains(phrases.PartsOfSpeech(), x.POS[i]) {
				t.Fatalf("%s: %s/%s", x.Words[i], tag, x.POS[i])
			}
			if kind, inside := strings.CutPrefix(tag, "I-"); inside && (i == 0 || x.Entities[i-1] != "B-"+kind && x.Entities[i-1] != tag) {
				t.Fatalf("%s after %s in %s", tag, x.Entities[i-1], x)
			}
			if (tag != "O") != (x.POS[i] == "PROPN") && !slices.Contains(days(), x.Words[i]) {
				t.Fatalf("%s is %s, %s", x.Words[i], tag, x.POS[i])
			}
		}
		if first := x.Words[0]; first != strings.ToUpper(first[:1])+first[1:] || x.POS[len(x.POS)-1] != "PUNCT" {
			t.Fatalf("ends of %s", x)
		}
	}
	for _, tag := range append(phrases.EntityTags(), phrases.PartsOfSpeech()...) {
		if !seen[tag] {
			t.Errorf("%s never occurs", tag)
		}
	}
}

func days() []string { return group("days") }

func group(name string) []string {
	for _, g := range phrases.Groups() {
		if g.Name == name {
			return g.Words
		}
	}
	return nil
}

// The sentiment is that of the last clause, turned by a negation; both are
// equally likely, and neither word nor negation alone tells.
func TestSentence_sentiment(t *testing.T) {
	verbs := map[string]int{"loved": 1, "enjoyed": 1, "admired": 1, "adored": 1, "hated": 0, "disliked": 0, "loathed": 0, "despised": 0}
	positive, turned := 0, 0
	all := made(t, phrases.Options{Len: 2000, Seed: 2})
	for _, x := range all {
		words := x.Words
		for i, w := range x.Words {
			if w == "but" || w == "and" {
				words = x.Words[i:]
			}
		}
		sentiment, negated := -1, false
		for _, w := range words {
			switch {
			case slices.Contains(group("praise"), w):
				sentiment = 1
			case slices.Contains(group("blame"), w):
				sentiment = 0
			case slices.Contains([]string{"not", "n't", "never", "hardly"}, w):
				negated = true
			}
			if v, ok := verbs[w]; ok {
				sentiment = v
			}
		}
		if negated {
			sentiment, turned = 1-sentiment, turned+1
		}
		if sentiment != x.Sentiment {
			t.Fatalf("%s: %s, expected %d", x, phrases.Classes()[x.Sentiment], sentiment)
		}
		positive += x.Sentiment
	}
	if n := len(all); positive < n*45/100 || positive > n*55/100 || turned < n/5 {
		t.Errorf("%d of %d positive, %d negated", positive, n, turned)
	}
}

// Some words are labelled by their sentence.
func TestSentence_ambiguous(t *testing.T) {
	kinds := map[string]map[string]int{}
	for _, x := range made(t, phrases.Options{Len: 8000, Seed: 3}) {
		for i, w := range x.Words {
			if kinds[w] == nil {
				kinds[w] = map[string]int{}
			}
			kinds[w][x.Entities[i]+" "+x.POS[i]]++
		}
	}
	for _, w := range []string{"Jordan", "London", "walk", "cook"} {
		if len(kinds[w]) < 2 {
			t.Errorf("%s is always %v", w, kinds[w])
		}
	}
}

func TestSet_partsAreDisjoint(t *testing.T) {
	in := map[string]string{}
	for _, part := range []string{phrases.Train, phrases.Val, phrases.Test} {
		distinct := 0
		all := made(t, phrases.Options{Part: part, Len: 1500, Seed: 4})
		for _, x := range all {
			if in[x.String()] == "" {
				in[x.String()] = part
				distinct++
			}
			if in[x.String()] != part {
				t.Fatalf("in %s as well as in %s: %s", in[x.String()], part, x)
			}
		}
		if distinct < len(all)*8/10 {
			t.Errorf("%s: only %d of %d differ", part, distinct, len(all))
		}
	}
}

// A sentence is a function of seed, part and index.
func TestSet_repeatable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed, i := rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(0, 49).Draw(rt, "i")
		part := rapid.SampledFrom([]string{phrases.Train, phrases.Test}).Draw(rt, "part")
		at := func(length int, seed uint64) string {
			s, err := phrases.New(phrases.Options{Part: part, Len: length, Seed: seed})
			if err != nil {
				rt.Fatal(err)
			}
			x, err := s.At(i)
			if err != nil {
				rt.Fatal(err)
			}
			return x.String()
		}
		if a, b := at(50, seed), at(500, seed); a != b {
			rt.Fatalf("%q, then %q", a, b)
		}
	})
	a, b := made(t, phrases.Options{Len: 50, Seed: 1}), made(t, phrases.Options{Len: 50, Seed: 2})
	same := 0
	for i := range a {
		if a[i].String() == b[i].String() {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of 50 sentences of two seeds agree", same)
	}
}

func TestSet_sizes(t *testing.T) {
	for part, want := range map[string]int{"": 8000, phrases.Train: 8000, phrases.Val: 1000, phrases.Test: 1000} {
		s, err := phrases.New(phrases.Options{Part: part})
		if err != nil || s.Len() != want {
			t.Errorf("part %q: %d, %v, want %d", part, s.Len(), err, want)
		}
	}
	s, err := phrases.New(phrases.Options{Len: 3})
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(s.Text(), "\n"); len(lines) != 4 || lines[3] != "" {
		t.Errorf("text %q", s.Text())
	}
}

func TestSet_wrongUse(t *testing.T) {
	for want, o := range map[string]phrases.Options{
		`part "dev", expected train, val or test`: {Part: "dev"},
		"length: found -1":                        {Len: -1},
	} {
		if _, err := phrases.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	s, err := phrases.New(phrases.Options{Len: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 3} {
		if _, err := s.At(i); err == nil || !strings.Contains(err.Error(), "of 3") {
			t.Errorf("sentence %d: %v", i, err)
		}
	}
}

func TestGroups(t *testing.T) {
	in := map[string]string{}
	for _, g := range phrases.Groups() {
		if len(g.Words) < 6 {
			t.Errorf("%s has %d words", g.Name, len(g.Words))
		}
		for _, w := range g.Words {
			if in[w] != "" {
				t.Errorf("%s is in %s and %s", w, in[w], g.Name)
			}
			in[w] = g.Name
		}
	}
}

// The groups show in the corpus: by the words beside them alone, nearly each
// word's nearest neighbour is of its group.
func TestGroups_areNeighbours(t *testing.T) {
	in := map[string]string{}
	for _, g := range phrases.Groups() {
		for _, w := range g.Words {
			in[w] = g.Name
		}
	}
	beside := map[string]map[string]float64{}
	for _, x := range made(t, phrases.Options{Seed: 5}) {
		for i, w := range x.Words {
			if in[w] == "" {
				continue
			}
			if beside[w] == nil {
				beside[w] = map[string]float64{}
			}
			for j := max(0, i-2); j < min(len(x.Words), i+3); j++ {
				if j != i {
					beside[w][x.Words[j]]++
				}
			}
		}
	}
	right := 0
	for w := range in {
		if len(beside[w]) == 0 {
			t.Fatalf("%s never occurs", w)
		}
		nearest, most := "", -1.0
		for v := range in {
			if c := cosine(beside[w], beside[v]); v != w && c > most {
				nearest, most = v, c
			}
		}
		if in[nearest] == in[w] {
			right++
		} else {
			t.Logf("%s (%s) is nearest to %s (%s)", w, in[w], nearest, in[nearest])
		}
	}
	if right < len(in)*9/10 {
		t.Errorf("%d of %d words have a neighbour of their group", right, len(in))
	}
}

// cosine compares two counts of words, by their logarithms.
func cosine(a, b map[string]float64) float64 {
	var ab, aa, bb float64
	for _, w := range slices.Sorted(maps.Keys(a)) {
		x, y := math.Log1p(a[w]), math.Log1p(b[w])
		ab, aa = ab+x*y, aa+x*x
	}
	for _, w := range slices.Sorted(maps.Keys(b)) {
		bb += math.Log1p(b[w]) * math.Log1p(b[w])
	}
	return ab / math.Sqrt(aa*bb)
}
