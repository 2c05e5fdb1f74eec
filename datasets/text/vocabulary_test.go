package text

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestVocabulary(t *testing.T) {
	counts := Counts{}
	counts.Add(Fields("b a a c c c b d <unk>"))
	v, err := NewVocabulary(counts, VocabularyOptions{MinCount: 2, Specials: []string{Pad, Unknown}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{Pad, Unknown, "c", "a", "b"}, v.Tokens()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{0, 2, 3, 2, 2}, v.Counts()); diff != "" { // <unk> stood once in the text, d was dropped
		t.Error(diff)
	}
	ids, err := v.Encode(Fields("a d c"))
	if diff := cmp.Diff([]int{3, 1, 2}, ids); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if tokens, err := v.Decode(ids); err != nil || strings.Join(tokens, " ") != "a <unk> c" {
		t.Errorf("%v, %v", tokens, err)
	}
	if v.Has("d") || !v.Has("a") || v.Token(99) != Unknown || v.Token(2) != "c" {
		t.Error("Has, Token")
	}
	v, err = NewVocabulary(counts, VocabularyOptions{MaxSize: 3})
	if diff := cmp.Diff([]string{"c", "a", "b"}, v.Tokens()); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// o_w has one 1, at the place of w; the rows of all words are the identity.
func TestSection2_3_OneHot(t *testing.T) {
	v, err := NewVocabulary(Counts{"a": 3, "b": 2, "c": 1}, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for w, want := range map[string][]float64{"a": {1, 0, 0}, "b": {0, 1, 0}, "c": {0, 0, 1}} {
		got, err := v.OneHot(w)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", w, err, diff)
		}
	}
	if _, err := v.OneHot("d"); err == nil || !strings.Contains(err.Error(), `"d": not among the 3 tokens`) {
		t.Errorf("a word without id: %v", err)
	}
	v, err = NewVocabulary(Counts{"a": 1}, VocabularyOptions{Specials: []string{Unknown}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.OneHot("d"); err != nil || !cmp.Equal(got, []float64{1, 0}) {
		t.Errorf("an unknown word: %v, %v", got, err)
	}
}

func TestVocabulary_failures(t *testing.T) {
	v, err := NewVocabulary(Counts{"a": 1}, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, encode := v.Encode([]string{"a", "z"})
	_, decode := v.Decode([]int{0, 7})
	_, twice := NewVocabulary(nil, VocabularyOptions{Specials: []string{"x", "x"}})
	_, empty := NewVocabulary(Counts{"": 3}, VocabularyOptions{})
	_, small := NewVocabulary(nil, VocabularyOptions{Specials: []string{"x", "y"}, MaxSize: 1})
	_, load := LoadVocabulary(filepath.Join(t.TempDir(), "none"))
	for says, err := range map[string]error{
		`token 1, "z", is not in the vocabulary of 1`: encode, "id 7 at place 1, expected 0 to 0": decode, `token "x" occurs twice`: twice,
		"a token is empty": empty, "2 special tokens, at most 1": small, "none: no such file": load, "save ": v.Save(filepath.Join(t.TempDir(), "no", "v")),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	for text, says := range map[string]string{
		"": "empty file", "x": `found "x", expected "hocsau vocabulary 1"`, vocabularyHeader + "\n1": `line 2: found "1", expected a count`,
		vocabularyHeader + "\nx a": "line 2", vocabularyHeader + "\n-1 a": "line 2", vocabularyHeader + "\n1 \"a": "line 2: token",
		vocabularyHeader + "\n1 a\n1 a": `line 3: token "a" occurs twice`, vocabularyHeader + "\n1 ": "a token is empty",
	} {
		if _, err := ReadVocabulary(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
}

func TestVocabulary_roundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		counts := Counts{}
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			token := rapid.SampledFrom([]string{"a", "ấ", " ", "\n", "\r", "\"", "\xff", "\ufeff", "\\", "a b", "\u2028", rapid.String().Draw(t, "s")}).Draw(t, "token")
			if token != "" {
				counts[token] = rapid.Int64Range(1, 1<<40).Draw(t, "count")
			}
		}
		v, err := NewVocabulary(counts, VocabularyOptions{Specials: []string{Pad, Unknown}})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "v")
		if err := v.Save(path); err != nil {
			t.Fatal(err)
		}
		u, err := LoadVocabulary(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, u, cmp.AllowUnexported(Vocabulary{})); diff != "" {
			t.Fatal(diff)
		}
	})
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v: expected one file", files, err)
	}
}

func FuzzReadVocabulary(f *testing.F) {
	f.Add([]byte(vocabularyHeader + "\n3 a\n2 \"\\xff\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadVocabulary(bytes.NewReader(data))
		if err != nil {
			return
		}
		for i, token := range v.Tokens() {
			if v.ID(token) != i {
				t.Fatalf("token %q has id %d, want %d", token, v.ID(token), i)
			}
		}
	})
}
