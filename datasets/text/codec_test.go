package text_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/text"
)

func TestDetokenize(t *testing.T) {
	for _, s := range []string{
		"Hello, world!", `He said "good day" (twice).`, "I don't know the well-known man's dog; do you?", "Tôi nói: “Xin chào”.", "100%", "", "a - b",
	} {
		if got := text.Detokenize(text.Words(s)); got != s && s != "a - b" {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := text.Detokenize([]string{"-", "a", "'", "b"}); got != "- a'b" {
		t.Errorf("got %q", got)
	}
}

// TestCodec: what a codec encodes it decodes, also after it was stored; what it
// does not know becomes the unknown token, or bytes.
func TestCodec(t *testing.T) {
	specials := []string{text.Pad, text.Begin, text.End, text.Unknown}
	lines := slices.Values([]string{"Tiếng Việt, tiếng Anh.", "ngôn ngữ", "ngôn ngữ tiếng Việt"})
	words, err := text.NewTokenizer(lines, text.TokenizerOptions{Unit: text.WordUnit, Lower: true, VocabularyOptions: text.VocabularyOptions{Specials: specials}})
	if err != nil {
		t.Fatal(err)
	}
	letters, err := text.NewTokenizer(lines, text.TokenizerOptions{Unit: text.CharacterUnit, VocabularyOptions: text.VocabularyOptions{Specials: specials}})
	if err != nil {
		t.Fatal(err)
	}
	bpe, err := text.TrainBPE(lines, text.BPEOptions{Size: 320, Lower: true, Specials: specials})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]text.Codec{"words": words, "characters": letters, "bpe": bpe} {
		b, err := text.MarshalCodec(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := text.UnmarshalCodec(b)
		if err != nil {
			t.Fatal(err)
		}
		if again.Len() != c.Len() || again.Special(text.End) != 2 || again.Special("ngôn") != -1 || again.Token(2) != text.End {
			t.Errorf("%s: %d tokens, %d after it was stored", name, c.Len(), again.Len())
		}
		in := "tie\u0302\u0301ng Viê\u0323t, ngôn ngữ." // decomposed
		want := text.NFC(in)
		if name != "characters" {
			want = text.Lower(want)
		}
		ids := again.Encode(in)
		if !slices.Equal(ids, c.Encode(in)) {
			t.Errorf("%s: %v, %v after it was stored", name, c.Encode(in), ids)
		}
		if got, err := again.Decode(append(ids, 0, 1, 2)); err != nil || got != want {
			t.Errorf("%s: %q became %q, %v", name, in, got, err)
		}
		strange := c.Encode("</s> 漢")
		got, err := c.Decode(strange)
		if err != nil || slices.Contains(strange, 2) {
			t.Errorf("%s: strange text became %v, %v", name, strange, err)
		}
		if name == "bpe" && got != "</s> 漢" || name == "words" && !strings.Contains(got, text.Unknown) {
			t.Errorf("%s: strange text became %q", name, got)
		}
		if _, err := c.Decode([]int{c.Len()}); err == nil {
			t.Errorf("%s: a number that is no token was decoded", name)
		}
	}
	for _, bad := range []string{`{`, `{"format":"x"}`, `{"format":"hocsau tokenizer 1","unit":"words","tokens":["a","a"]}`, `{"format":"hocsau tokenizer 1","unit":"words","tokens":["a"]}`} {
		if _, err := text.UnmarshalCodec([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// TestTightBounds: no other bounds have less filler, by trying all of them.
func TestTightBounds(t *testing.T) {
	lengths := []int{1, 1, 2, 5, 5, 5, 6, 9, 9, 12, 3}
	filler := func(bounds []int) int {
		sum := 0
		for _, n := range lengths {
			sum += text.Bound(bounds, n) - n
		}
		return sum
	}
	sizes := []int{1, 2, 3, 5, 6, 9, 12}
	for count := 1; count <= 8; count++ {
		got, err := text.TightBounds(lengths, count)
		if err != nil || len(got) > count || got[len(got)-1] != 12 || !slices.IsSorted(got) {
			t.Fatalf("%d bounds: %v, %v", count, got, err)
		}
		least := filler([]int{12})
		for set := range 1 << (len(sizes) - 1) {
			var bounds []int
			for i, n := range sizes {
				if i == len(sizes)-1 || set>>i&1 == 1 {
					bounds = append(bounds, n)
				}
			}
			if len(bounds) <= count {
				least = min(least, filler(bounds))
			}
		}
		if filler(got) != least {
			t.Errorf("%d bounds: %v with %d of filler, want %d", count, got, filler(got), least)
		}
	}
	if _, err := text.TightBounds(nil, 3); err == nil {
		t.Error("no lengths: no error")
	}
}
