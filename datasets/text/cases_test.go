package text

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/internal/golden"
)

// counted is what a case says of a file of sentences.
type counted struct {
	Sentences, Tokens int
	Tags              map[string]int
	Second            string // token of each sentence
	Blanks            int    // tokens, tags with white space at their ends
}

func count(list []Tagged) counted {
	c := counted{Sentences: len(list), Tags: map[string]int{}}
	for i, s := range list {
		c.Tokens += len(s.Tokens)
		for k, t := range s.Tags {
			c.Tags[t]++
			if strings.TrimSpace(t) != t || strings.TrimSpace(s.Tokens[k]) != s.Tokens[k] {
				c.Blanks++
			}
		}
		if len(s.Tokens) > 1 && (i == 0 || c.Second == s.Tokens[1]) {
			c.Second = s.Tokens[1]
		} else {
			c.Second = ""
		}
	}
	return c
}

func TestCases_columns(t *testing.T) {
	for _, name := range []string{"36-conll-cr-cr-lf", "37-conll-comments", "38-conll-trailing-blanks", "39-conll-germeval-columns", "43-conllu-plus"} {
		t.Run(name, func(t *testing.T) {
			var want struct {
				File, Second      string
				Files             []string
				Sentences, Tokens int
				Tags              map[string]int
			}
			dir := golden.Everyday(t, name, &want)
			if want.Files == nil {
				want.Files = []string{want.File}
			}
			for _, f := range want.Files {
				read := func(path string) ([]Tagged, error) { return ReadCoNLL(path, 0, -1) }
				if filepath.Ext(f) == ".conllup" {
					read = ReadCoNLLU
				}
				list, err := read(filepath.Join(dir, f))
				got := count(list)
				expect := counted{Sentences: want.Sentences, Tokens: want.Tokens, Tags: want.Tags, Second: got.Second}
				if name == "39-conll-germeval-columns" {
					expect.Second = "liest"
				}
				if diff := cmp.Diff(expect, got); diff != "" || err != nil {
					t.Errorf("%s: %v %s", f, err, diff)
				}
			}
		})
	}
}

func TestCases_emptyTokens(t *testing.T) {
	var want struct {
		Tokens struct{ Min, Max int }
		Lines  []int `json:"problem_lines"`
	}
	dir := golden.Everyday(t, "40-conll-empty-tokens", &want)
	var notes []string
	list, err := Reader{Tell: func(n string) { notes = append(notes, n) }}.CoNLL(filepath.Join(dir, "names.conll"), Columns{})
	c := count(list)
	if err != nil || c.Tokens < want.Tokens.Min || c.Tokens > want.Tokens.Max || len(notes) != 1 || !strings.HasSuffix(notes[0], ": "+numbers(want.Lines)) {
		t.Errorf("%d tokens, notes %q, error %v, want %+v", c.Tokens, notes, err, want)
	}
}

func TestCases_untaggedWords(t *testing.T) {
	var want struct {
		Classes []string
		Tagged  struct{ Min, Max int } `json:"tagged_words"`
	}
	dir := golden.Everyday(t, "42-conllu-untagged-words", &want)
	list, err := ReadCoNLLU(filepath.Join(dir, "tags.conllu"))
	c := count(list)
	if err != nil || c.Tokens < want.Tagged.Min || c.Tokens > want.Tagged.Max || len(c.Tags) != len(want.Classes) || c.Tags[Untagged] > 0 {
		t.Errorf("%+v, error %v, want %+v", c, err, want)
	}
}

func TestCases_utf16(t *testing.T) {
	var want struct{ Read map[string]int }
	dir := golden.Everyday(t, "32-utf16-text", &want)
	for file, n := range want.Read {
		path := filepath.Join(dir, file)
		var got int
		var err error
		switch filepath.Ext(file) {
		case ".conll":
			var list []Tagged
			list, err = ReadCoNLL(path, 0, -1)
			got = len(list)
		case ".conllu":
			var list []Tagged
			list, err = ReadCoNLLU(path)
			got = len(list)
		case ".tsv":
			var list []Pair
			list, err = ReadTSV(path, 0, -1, false)
			got = len(list)
		case ".txt":
			var list []string
			list, err = ReadLines(path)
			got = len(list)
		default:
			continue
		}
		if err != nil || got != n {
			t.Errorf("%s: %d, %v, want %d", file, got, err, n)
		}
	}
}
