package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
)

// numerals writes two files of numbers, in Vietnamese and English words.
func numerals(t *testing.T) string {
	t.Helper()
	vi := strings.Fields("không một hai ba bốn năm sáu bảy tám chín")
	en := strings.Fields("zero one two three four five six seven eight nine")
	var a, b strings.Builder
	for n := range 400 {
		fmt.Fprintf(&a, "%s %s\n", vi[n%10], vi[n/10%10])
		fmt.Fprintf(&b, "%s %s\n", en[n%10], en[n/10%10])
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"train.1vi": a.String(), "train.2en": b.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// trainNumerals trains a small translator and returns its folder.
func trainNumerals(t *testing.T, model string, more ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	args := append([]string{"train", model, "--data", "files", "--data-dir", numerals(t), "--epochs", "12", "--batch", "16", "--lr", "0.01", "--out", dir, "--json",
		"--set", "tokens=words,hidden=24,embedding=16,dropout=0,shared=false"}, more...)
	lines := objects(t, ok(t, args...))
	done := lines[len(lines)-1]
	for _, key := range []string{"bleu", "bleu_greedy", "token_accuracy", "test_loss"} {
		if _, found := done[key].(float64); !found {
			t.Errorf("%s: the done line has no %s: %v", model, key, done)
		}
	}
	if done["token_accuracy"].(float64) < 0.95 {
		t.Errorf("%s: token accuracy %v, want 0.95", model, done["token_accuracy"])
	}
	return dir
}

func TestTranslate(t *testing.T) {
	for _, model := range []string{"seq2seq", "seq2seq-attention"} {
		dir := trainNumerals(t, model)
		// Diacritics that are typed as marks of their own are the same letters.
		if out := ok(t, "translate", dir, "bốn ba", "ba\u0309y ta\u0301m"); !strings.Contains(out, "four three\n") || !strings.Contains(out, "seven eight\n") {
			t.Errorf("%s: %q", model, out)
		}
		if out := ok(t, "eval", dir, "--analyse"); !strings.Contains(out, "translations are bad") || !strings.Contains(out, "bleu ") {
			t.Errorf("%s: %q", model, out)
		}
	}
}

// TestTranslate_edges: nothing, words that no training text has, a sentence longer
// than any, a beam wider than the vocabulary, lines of a file and of the
// standard input, several translations of each.
func TestTranslate_edges(t *testing.T) {
	dir := trainNumerals(t, "seq2seq-attention", "--set", "attention=general,cell=lstm")
	file := filepath.Join(t.TempDir(), "lines.txt")
	if err := os.WriteFile(file, []byte("một hai\n\nxyz qrs\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	lines := objects(t, ok(t, "translate", dir, "--file", file, "--json", "--nbest", "3", "--beam", "500"))
	if len(lines) != 3 || len(lines[0]["translations"].([]any)) != 3 || lines[0]["source"] != "một hai" {
		t.Errorf("%v", lines)
	}
	if empty := lines[1]["translations"].([]any)[0].(map[string]any); empty["text"] != "" {
		t.Errorf("an empty line became %v", empty)
	}
	long := strings.TrimSpace(strings.Repeat("ba ", 200))
	if out := ok(t, "translate", dir, long, ""); strings.Count(out, "\n") != 2 {
		t.Errorf("%q", out)
	}
	r := hocsauIn(t.Context(), strings.NewReader("năm sáu\n"), "translate", dir, "-", "--beam", "1")
	if r.code != exitOK || r.out != "five six\n" {
		t.Errorf("from the standard input: exit %d, %q%s", r.code, r.out, r.err)
	}
	if out := ok(t, "predict", dir, file, "--text", "năm sáu"); !strings.HasPrefix(out, "five six\none two\n\n") || strings.Count(out, "\n") != 4 {
		t.Errorf("predict: %q", out)
	}
	picture := filepath.Join(t.TempDir(), "a.png")
	if out := ok(t, "translate", dir, "năm sáu", "--plot", picture); !strings.Contains(out, "drawn: "+picture) {
		t.Errorf("%q", out)
	}
	if p, err := image.Read(picture, image.Options{}); err != nil || p.Width < 100 {
		t.Errorf("attention: %v, %v", p, err)
	}
	none := filepath.Join(t.TempDir(), "none")
	refused(t, exitUsage, []string{"translate", dir}, "expected texts, --file FILE, or -")
	refused(t, exitUsage, []string{"translate", dir, "a", "--file", file}, "one of them")
	refused(t, exitUsage, []string{"translate", dir, "a", "--beam", "0"}, "--beam 0: expected at least 1")
	refused(t, exitUsage, []string{"translate", dir, "a", "--alpha", "-1"}, "--alpha -1: expected 0 to 2")
	refused(t, exitUsage, []string{"translate", dir, "a", "--nbest", "0"}, "--nbest 0")
	refused(t, exitFailure, []string{"translate", none, "a"}, "no run", "none")
	refused(t, exitFailure, []string{"translate", dir, "--file", none}, "none", "no such file")
	refused(t, exitUsage, []string{"translate", fixture.run, "a"}, "holds a lenet, expected seq2seq or seq2seq-attention")
	refused(t, exitUsage, []string{"eval", dir, "--beam", "0"}, "--beam 0")
	refused(t, exitUsage, []string{"predict", "seq2seq", "--weights", filepath.Join(dir, "last", "model.safetensors"), "--text", "a"}, "name the run instead")
	refused(t, exitUsage, []string{"eval", fixture.run, "--analyse"}, "--analyse: has no meaning for lenet")
}

func TestTrain_translationFailures(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := numerals(t)
	if err := os.WriteFile(filepath.Join(dir, "train.2en"), []byte("one\ntwo\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, []string{"train", "seq2seq", "--data", "files", "--data-dir", dir, "--out", "r"}, "train.1vi has 400 lines", "train.2en has 2", "from line 3 on")
	refused(t, exitUsage, []string{"train", "seq2seq", "--set", "attention=dot"}, `unknown setting "attention"`)
	refused(t, exitUsage, []string{"train", "seq2seq-attention", "--set", "attention=dto"}, `unknown attention "dto": did you mean "dot"?`)
	refused(t, exitUsage, []string{"train", "seq2seq-attention", "--set", "tokens=word"}, `unknown tokens "word"`)
	refused(t, exitUsage, []string{"train", "seq2seq-attention", "--set", "dropout=1"}, "dropout=1: expected a share below 1")
	refused(t, exitUsage, []string{"train", "seq2seq-attention", "--set", "tokens=bpe,vocabulary=20"}, "--set vocabulary=20: expected at least 300")
}

func TestTrain_captioner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	lines := objects(t, ok(t, "train", "captioner", "--epochs", "1", "--out", dir, "--json"))
	done := lines[len(lines)-1]
	// Half of the words of a sentence follow from those before.
	if done["token_accuracy"].(float64) < 0.5 {
		t.Errorf("token accuracy %v, want 0.5", done["token_accuracy"])
	}
	picture := filepath.Join(t.TempDir(), "p.png")
	if err := image.WritePNG(picture, &image.Picture{Pix: make([]float32, 3*40*50), Channels: 3, Height: 40, Width: 50}); err != nil {
		t.Fatal(err)
	}
	if out := ok(t, "predict", dir, picture); !strings.HasPrefix(out, picture+": ") {
		t.Errorf("%q", out)
	}
}

func TestDataPreview_pairs(t *testing.T) {
	if out := ok(t, "data", "preview", "dates", "--n", "3"); strings.Count(out, " → ") != 3 || strings.Count(out, "\n") != 3 {
		t.Errorf("%q", out)
	}
	if out := ok(t, "data", "preview", "files", "--data-dir", numerals(t), "--n", "2"); strings.Count(out, " → ") != 2 {
		t.Errorf("%q", out)
	}
}
