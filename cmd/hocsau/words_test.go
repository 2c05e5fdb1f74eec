package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/solvers/train"
)

// sentencesOf returns the first n generated sentences, one a line.
func sentencesOf(t *testing.T, n int) string {
	t.Helper()
	set, err := phrases.New(phrases.Options{Len: n})
	if err != nil {
		t.Fatal(err)
	}
	return set.Text()
}

// The vectors of each kind learn from the generated text which words play the
// same part.
func TestWords_vectors(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, model := range []string{"skipgram", "cbow", "glove"} {
		lines := objects(t, ok(t, "train", model, "--json", "--out", model))
		done := lines[len(lines)-1]
		if got, want := keysOf(done), "analogy best_epoch coverage data epochs event examples men model neighbours rg65 run seconds simlex999 ws353"; got != want {
			t.Errorf("%s: the done line has %q, want %q", model, got, want)
		}
		if done["neighbours"].(float64) < 0.95 || done["coverage"].(float64) != 1 || done["ws353"] != nil {
			t.Errorf("%s: %v", model, done)
		}
		if again := objects(t, ok(t, "eval", model, "--json")); again[0]["neighbours"] != done["neighbours"] {
			t.Errorf("%s: eval says %v, train %v", model, again[0]["neighbours"], done["neighbours"])
		}
		if _, err := os.Stat(filepath.Join(model, "counts")); !os.IsNotExist(err) {
			t.Errorf("%s: the counts are left: %v", model, err)
		}
		// The file for other programs holds the same vectors.
		a, b := ok(t, "embed", "nearest", model, "dog", "--json"), ok(t, "embed", "nearest", filepath.Join(model, "vectors.txt"), "dog", "--json")
		if a != b {
			t.Errorf("%s: %s from the run, %s from its vectors.txt", model, a, b)
		}
	}
	animals := objects(t, ok(t, "embed", "nearest", "glove", "dog", "cat", "--top", "3", "--json"))
	if len(animals) != 2 || animals[1]["word"] != "cat" || len(animals[0]["nearest"].([]any)) != 3 {
		t.Errorf("found %v", animals)
	}
	if out := ok(t, "embed", "analogy", "glove", "dog", "cat", "soup", "--top", "1"); !strings.Contains(out, "dog is to cat as soup is to\n") {
		t.Errorf("found %s", out)
	}
	if out := ok(t, "embed", "eval", "glove"); !strings.Contains(out, "neighbours") || !strings.Contains(out, "of 117") {
		t.Errorf("found %s", out)
	}
	out := ok(t, "embed", "map", "glove", "--steps", "50", "--words", "80")
	for _, name := range []string{"map.png", "map.html"} {
		if _, err := os.Stat(filepath.Join("glove", name)); err != nil || !strings.Contains(out, name) {
			t.Errorf("%s: %v, the command says %s", name, err, out)
		}
	}
}

// A text of one's own, packed, is judged by lists beside it.
func TestWords_text(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(sentencesOf(t, 2000))) // to memory
	_ = z.Close()
	write(t, filepath.Join(dir, "data", "text", "a.txt.gz"), b.String())
	write(t, filepath.Join(dir, "data", "text", "b", "c.txt"), strings.ToUpper(sentencesOf(t, 10)))
	lists := filepath.Join(dir, "data", "wordvec-eval")
	write(t, filepath.Join(lists, "EN-WS-353-ALL.txt"), "dog cat 9\ndog soup 1\npiano guitar 8\nunheard cat 3\n")
	write(t, filepath.Join(lists, "questions-words.txt"), ": pairs\ndog cat soup rice\nno such words here\n")
	args := []string{"train", "glove", "--data", "text", "--data-dir", filepath.Join("data", "text"), "--epochs", "5", "--set", "dim=10", "--memory", "100KB", "--out", "run"}
	out := ok(t, append(args, "--json")...)
	lines := objects(t, out)
	done := lines[len(lines)-1]
	if got := done["coverage"].(float64); got != 4.0/6 || done["ws353"] == nil || done["analogy"] == nil || done["men"] != nil {
		t.Errorf("done %v, want coverage 4/6 with ws353, analogy alone", done)
	}
	if again := ok(t, "eval", "run", "--json"); objects(t, again)[0]["ws353"] != done["ws353"] {
		t.Errorf("eval says %s", again)
	}
	judged := objects(t, ok(t, "embed", "eval", "run", filepath.Join(lists, "EN-WS-353-ALL.txt"), "--json"))
	if judged[0]["list"] != "EN-WS-353-ALL" || judged[0]["value"] != done["ws353"] || judged[0]["counted"].(float64) != 3 {
		t.Errorf("judged %v", judged)
	}
	if out := ok(t, "train", "glove", "--data", "text", "--data-dir", filepath.Join("data", "text"), "--epochs", "5", "--set", "dim=10", "--memory", "100KB", "--out", "run", "--resume"); !strings.Contains(out, "is finished") {
		t.Errorf("resumed a finished run: %s", out)
	}
	// A run that has its settings alone goes on with these, not with those for phrases.
	config, err := os.ReadFile(filepath.Join("run", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join("again", "config.yaml"), string(config))
	ok(t, append(slices.Clone(args[:len(args)-1]), "again", "--resume")...)
	sameVectors(t, "run", "again")
	// Another bound of memory gives the same vectors.
	ok(t, append(slices.Clone(args[:len(args)-4]), "--memory", "100MB", "--out", "more")...)
	sameVectors(t, "run", "more")
}

// sameVectors compares the vectors of two runs.
func sameVectors(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(filepath.Join(a, "vectors.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if y, err := os.ReadFile(filepath.Join(b, "vectors.txt")); err != nil || !bytes.Equal(x, y) {
		t.Errorf("%s and %s have other vectors: %v", a, b, err)
	}
}

// A run that is interrupted goes on and ends with the same vectors.
func TestWords_resume(t *testing.T) {
	t.Chdir(t.TempDir())
	args := []string{"train", "cbow", "--epochs", "40"}
	ok(t, append(args, "--out", "whole")...)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // interrupts it after two epochs
		defer cancel()
		for ctx.Err() == nil {
			if b, err := os.ReadFile(filepath.Join("cut", "metrics.jsonl")); err == nil && bytes.Count(b, []byte{'\n'}) >= 2 {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	r := hocsauIn(ctx, nil, append(args, "--out", "cut")...)
	if r.code != exitInterrupted || !strings.Contains(r.err, "--resume") {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	ok(t, append(args, "--out", "cut", "--resume")...)
	sameVectors(t, "whole", "cut")
}

// The language model of words learns the generated sentences.
func TestWords_languageModel(t *testing.T) {
	t.Chdir(t.TempDir())
	lines := objects(t, ok(t, "train", "lm", "--epochs", "3", "--json", "--out", "lm"))
	done := lines[len(lines)-1]
	// A guess among the words has the perplexity 230, word frequencies alone about 70.
	if p := done["perplexity"].(float64); !(p < 6.5) || math.Abs(math.Log(p)-done["test_loss"].(float64)) > 1e-9 {
		t.Errorf("done %v, want a perplexity below 6.5", done)
	}
	said := objects(t, ok(t, "predict", "lm", "--text", "Peter cooked the soup in Hanoi .", "--json"))
	shuffled := objects(t, ok(t, "predict", "lm", "--text", "soup the in . Hanoi cooked Peter", "--json"))
	if a, b := said[0]["log_prob"].(float64), shuffled[0]["log_prob"].(float64); a < b+10 {
		t.Errorf("log P is %v, of the words shuffled %v", a, b)
	}
	if out := ok(t, "predict", "lm", "--text", "the zebu"); !strings.Contains(out, "read as unknown: zebu") {
		t.Errorf("found %s", out)
	}
	a, b := ok(t, "generate", "lm", "--text", "the dog", "--seed", "3", "--count", "2"), ok(t, "generate", "lm", "--text", "the dog", "--seed", "3", "--count", "2")
	if a != b || strings.Count(a, "\n") != 2 || !strings.HasPrefix(a, "the dog ") || strings.Contains(a, "<") {
		t.Errorf("wrote %q, then %q", a, b)
	}
	if out := ok(t, "embed", "nearest", "lm", "dog", "--top", "2"); strings.Count(out, "\n") != 3 {
		t.Errorf("found %s", out)
	}
	if !strings.Contains(ok(t, "eval", "lm", "--json"), `"perplexity":`) {
		t.Error("eval says no perplexity")
	}
	write(t, "text.txt", sentencesOf(t, 400))
	own := objects(t, ok(t, "train", "lm", "--data", "text", "--data-dir", "text.txt", "--epochs", "8", "--batch", "5", "--set", "hidden=16", "--set", "embedding=8", "--set", "max_words=100", "--json", "--out", "own"))
	if p := own[len(own)-1]["perplexity"].(float64); !(p > 1 && p < 60) {
		t.Errorf("perplexity %v of 100 words", p)
	}
	ok(t, "generate", "own", "--length", "5")
}

func TestWords_refuses(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "empty.txt", "")
	write(t, "rare.txt", "every word once\n")
	write(t, "picture.png", "\x89PNG\r\n\x1a\n\x00\x00")
	write(t, "bad.txt", "3 2\na 1 2\nb 1\n")
	write(t, "good.txt", "a 1 2\nb 2 1\nc 0 1\n")
	write(t, "short.txt", "too short")
	for _, c := range []struct {
		code int
		args string
		want []string
	}{
		{1, "train glove --data text", []string{"name it with --data-dir"}},
		{1, "train glove --data text --data-dir missing.txt", []string{"missing.txt", "no such file"}},
		{1, "train glove --data text --data-dir empty.txt", []string{"empty.txt: found no word"}},
		{1, "train cbow --data text --data-dir rare.txt", []string{"rare.txt: 0 words occur at least 5 times", "min_count=1"}},
		{1, "train skipgram --data text --data-dir picture.png", []string{"picture.png", "not a text"}},
		{2, "train glove --memory 3", []string{"--memory 3: expected a size from 64KB on"}},
		{2, "train glove --solver adam", []string{"glove is always learnt by adagrad"}},
		{2, "train glove --batch 64", []string{"learns pair by pair"}},
		{2, "train cbow --val 0.5", []string{"judged by lists of words"}},
		{2, "train cbow --set x_max=3", []string{"x_max"}},
		{2, "train cbow --set dim=0", []string{"dim", "at least 1"}},
		{1, "train cbow --set dim=1000000", []string{"dim: found 1000000, expected 1 to 65536"}},
		{1, "train glove --data text --data-dir good.txt --set min_count=1 --set lists=.", []string{"holds none of questions-words.txt"}},
		{1, "train lm --data text --data-dir short.txt", []string{"a text of 3 words, expected at least 100"}},
		{1, "train lm --data text --data-dir picture.png", []string{"picture.png", "not a text"}},
		{2, "train lm --set cell=lst", []string{"lstm"}},
		{2, "train lm --set init=x", []string{"init=x"}},
		{2, "train lm --drop-last", []string{"--drop-last"}},
		{1, "embed nearest missing a", []string{"missing: no such file or run"}},
		{1, "embed nearest good.txt zz", []string{`["zz"]: not among the 3 words`}},
		{1, "embed nearest bad.txt a", []string{"bad.txt", "1 numbers, expected 2"}},
		{1, "embed analogy good.txt a b zz", []string{`"zz"`}},
		{2, "embed analogy good.txt a b", []string{"expected a run"}},
		{2, "embed nearest good.txt a --top 0", []string{"--top 0"}},
		{1, "embed eval good.txt", []string{"no lists of words", "--lists"}},
		{2, "embed map good.txt --out map.gif", []string{"--out map.gif"}},
		{2, "embed map good.txt --words 2", []string{"--words 2"}},
		{2, "embed nearst good.txt a", []string{`did you mean "embed nearest"`}},
	} {
		args := strings.Fields(c.args)
		if args[0] == "train" {
			args = append(args, "--out", "run")
		}
		refused(t, c.code, args, c.want...)
		if _, err := os.Stat(filepath.Join("run", train.LastDir)); err == nil {
			t.Errorf("%s: a run was made", c.args)
		}
		_ = os.RemoveAll("run")
	}
	refused(t, 1, []string{"embed", "nearest", fixture.run, "a"}, "is of lenet, which has no word vectors")
}
