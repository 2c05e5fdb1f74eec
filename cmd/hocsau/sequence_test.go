package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.com/gomidi/midi/v2/smf"

	"github.com/hocsau/hocsau/datasets/phrases"
)

// write makes a file of a test and returns its path.
func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// labelFiles writes a small set of sentences with their labels as files of each
// form that the models of labels read, and returns the data root.
func labelFiles(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	tsv := filepath.Join(root, "sentiment", "SST2")
	for part, n := range map[string]int{"train": 200, "dev": 40, "test": 40} {
		own := map[string]string{"dev": phrases.Val, "test": phrases.Test, "train": phrases.Train}[part]
		set, err := phrases.New(phrases.Options{Part: own, Len: n})
		if err != nil {
			t.Fatal(err)
		}
		var rated, conll, conllu strings.Builder
		for i := range n {
			x, err := set.At(i)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&rated, "%s\t%d\n", x, x.Sentiment)
			for k, w := range x.Words {
				fmt.Fprintf(&conll, "%s\t%s\n", w, x.Entities[k])
				fmt.Fprintf(&conllu, "%d\t%s\t_\t%s\t_\t_\t_\t_\t_\t_\n", k+1, w, x.POS[k])
			}
			conll.WriteString("\n")
			conllu.WriteString("\n")
		}
		write(t, filepath.Join(tsv, part+".tsv"), rated.String())
		write(t, filepath.Join(root, "conll", part+".conll"), conll.String())
		write(t, filepath.Join(root, "conllu", part+".conllu"), conllu.String())
	}
	return root
}

func TestSequence_labels(t *testing.T) {
	root := labelFiles(t)
	for _, c := range []struct{ model, data, dir, metric, text string }{
		{"sentiment", "sst2", root, "test_accuracy", "the dinner was wonderful"},
		{"ner", "conll", filepath.Join(root, "conll"), "entity_f1", "Maria met Tom in Paris , didn't she?"},
		{"pos", "conllu", filepath.Join(root, "conllu"), "test_accuracy", "She never enjoyed the rice."},
	} {
		out := filepath.Join(t.TempDir(), c.model)
		lines := objects(t, ok(t, "train", c.model, "--data", c.data, "--data-dir", c.dir, "--epochs", "2", "--set", "hidden=16,embedding=16", "--set", "threads=1", "--out", out, "--json"))
		done := lines[len(lines)-1]
		value, found := done[c.metric].(float64)
		if !found || value < 0 || value > 1 || done["examples"] != 40.0 {
			t.Errorf("%s: done line %v, expected %s of 40 examples", c.model, done, c.metric)
		}
		again := objects(t, ok(t, "eval", out, "--json"))
		if got := again[len(again)-1][c.metric]; got != value {
			t.Errorf("%s: eval gives %s %v, train %v", c.model, c.metric, got, value)
		}
		o := objects(t, ok(t, "predict", out, "--text", c.text, "--json"))[0]
		if c.model == "sentiment" {
			if o["class"] != "positive" && o["class"] != "negative" {
				t.Errorf("predict %v", o)
			}
		} else if tags, tokens := o["tags"].([]any), o["tokens"].([]any); len(tags) != len(tokens) || tokens[len(tokens)-1] == "?" && tokens[len(tokens)-3] != "n't" {
			t.Errorf("predict %v, expected a tag for each token", o)
		}
		// One token, only unknown words, bytes that are no text, a long line:
		// each gets an answer.
		file := write(t, filepath.Join(t.TempDir(), "lines.txt"), "film\n\nxyzzy plugh qwrtz\n\xff\xfe caf\xe9\n"+strings.Repeat("rice ", 400)+"\n")
		if got := len(objects(t, ok(t, "predict", out, file, "--json"))); got != 4 {
			t.Errorf("%s: %d answers to 4 lines", c.model, got)
		}
		if !strings.Contains(ok(t, "predict", out, "--text", "xyzzy plugh"), "no word of it was in the training text") {
			t.Errorf("%s says nothing of unknown words", c.model)
		}
		refused(t, exitFailure, []string{"predict", out, "--text", strings.Repeat("rice ", 20001)}, "a text of 20,001 words")
		refused(t, exitUsage, []string{"predict", out, "--text", " "}, "--text: expected words")
		refused(t, exitUsage, []string{"generate", out}, c.model+" makes nothing new")
		refused(t, exitFailure, []string{"predict", out, write(t, filepath.Join(t.TempDir(), "empty.txt"), "\n \n")}, "empty.txt holds no text")
		refused(t, exitUsage, []string{"predict", c.model, "--weights", filepath.Join(out, "best", "model.safetensors"), "--text", "x"}, "its words are in the folder of its run")
	}
}

func TestSequence_badFiles(t *testing.T) {
	for _, c := range []struct{ model, data, content, want string }{
		{"ner", "conll", "", "found no sentence"},
		{"ner", "conll", "Paris\n", "line 1: 1 columns, expected at least 2"},
		{"ner", "conll", "a\tO\n\nParis\tB-LOC\nLondon\n", "line 4: 1 columns, expected at least 2"},
		{"pos", "conllu", "1\tdog\tdog\tNOUN\n", "line 1: 4 columns, expected 10"},
		{"charlm", "text", "\n\n", "holds no text"},
		{"charlm", "text", "abc\nd\x00e\n", "line 2 holds a zero byte"},
		{"charlm", "text", "abc", "expected at least 2 for each of the 50 streams"},
	} {
		file := write(t, filepath.Join(t.TempDir(), "file.txt"), c.content)
		refused(t, exitFailure, []string{"train", c.model, "--data", c.data, "--data-dir", file, "--out", filepath.Join(t.TempDir(), "run")}, c.want)
	}
	root := t.TempDir()
	for _, part := range []string{"train", "dev", "test"} {
		write(t, filepath.Join(root, part+".tsv"), "good film\tgreat\n")
	}
	refused(t, exitFailure, []string{"train", "sentiment", "--data", "sst2", "--data-dir", root, "--out", filepath.Join(t.TempDir(), "run")}, "train.tsv", `label "great", expected 0 or 1`)
	for _, c := range []struct{ model, set, want string }{
		{"sentiment", "dropout=1", "expected a probability below 1"},
		{"ner", "unknown=2", "expected a probability"},
		{"charlm", "cell=transformer", `unknown cell "transformer"`},
		{"music", "steps=0", "expected at least 1"},
	} {
		refused(t, exitUsage, []string{"train", c.model, "--set", c.set}, c.want)
	}
}

// TestSequence_oneToken: sentences of one token, of very different lengths, with
// invalid UTF-8, in one file.
func TestSequence_oneToken(t *testing.T) {
	var b strings.Builder
	for i := range 30 {
		b.WriteString("Hm\tO\n\n\xff\xfe\tO\n\n")
		for range i * 7 {
			b.WriteString("a\tB-x\nb\tI-x\nc\tO\n")
		}
		b.WriteString("\n\n")
	}
	file := write(t, filepath.Join(t.TempDir(), "mixed.conll"), b.String())
	out := filepath.Join(t.TempDir(), "run")
	ok(t, "train", "ner", "--data", "conll", "--data-dir", file, "--epochs", "1", "--set", "hidden=4,embedding=4", "--out", out)
	if o := objects(t, ok(t, "predict", out, "--text", "Hm", "--json"))[0]; len(o["tags"].([]any)) != 1 {
		t.Errorf("predict %v, expected one tag", o)
	}
}

func TestSequence_writers(t *testing.T) {
	dir := t.TempDir()
	verse := write(t, filepath.Join(dir, "verse.txt"), strings.Repeat("Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau.\n", 40))
	out := filepath.Join(dir, "charlm")
	small := []string{"--set", "hidden=16,embedding=8,steps=20", "--batch", "10", "--out"}
	lines := objects(t, ok(t, append([]string{"train", "charlm", "--data", "text", "--data-dir", verse, "--epochs", "2", "--json"}, append(small, out)...)...))
	done := lines[len(lines)-1]
	bits, _ := done["bits_per_char"].(float64)
	if !(bits > 0 && bits < 6) {
		t.Errorf("done line %v, expected bits_per_char", done)
	}
	if share, ok := lines[0]["clipped_share"].(float64); !ok || share < 0 || share > 1 {
		t.Errorf("epoch %v, expected the clipped share", lines[0])
	}
	text := func(args ...string) string {
		return objects(t, ok(t, append([]string{"generate", out, "--length", "60", "--json"}, args...)...))[0]["text"].(string)
	}
	if a, b := text("--seed", "3"), text("--seed", "3"); a != b {
		t.Errorf("one seed, two texts: %q, %q", a, b)
	}
	if a, b := text("--top-k", "1", "--seed", "3"), text("--top-k", "1", "--seed", "4"); a != b {
		t.Errorf("the likeliest characters depend on the seed: %q, %q", a, b)
	}
	if got := text("--text", "Trăm năm", "--top-p", "0.9"); !strings.HasPrefix(got, "Trăm năm") {
		t.Errorf("%q does not begin with what was given", got)
	}
	for _, c := range []struct{ flag, value, want string }{
		{"--temperature", "0", "expected a number above 0"}, {"--top-p", "2", "expected a probability"},
		{"--top-k", "-1", "expected 0 or more"}, {"--count", "0", "expected at least 1"}, {"--key", "G", "has no meaning for charlm"},
	} {
		refused(t, exitUsage, []string{"generate", out, c.flag, c.value}, c.want)
	}
	if o := objects(t, ok(t, "predict", out, "--text", "Trăm năm trong cõi", "--json"))[0]; o["characters"] != 18.0 {
		t.Errorf("predict %v, expected 18 characters", o)
	}

	// A book of one tune, which even a small network learns by heart.
	book := write(t, filepath.Join(dir, "book.abc"), strings.Repeat("X:1\nT:Up\nM:4/4\nL:1/4\nK:G\nGABc|dedB|G4|]\n\n", 60))
	out = filepath.Join(dir, "music")
	ok(t, append([]string{"train", "music", "--data", "text", "--data-dir", book, "--epochs", "60", "--lr", "0.01", "--val", "0"}, append(small, out)...)...)
	tune := filepath.Join(dir, "tune.abc")
	ok(t, "generate", out, "--temperature", "0.2", "--out", tune)
	if b, err := os.ReadFile(tune); err != nil || !strings.HasPrefix(string(b), "X:1\nT:") {
		t.Errorf("tune %q, error %v", b, err)
	}
	file, err := smf.ReadFile(filepath.Join(dir, "tune.mid"))
	if err != nil || len(file.Tracks) != 1 {
		t.Errorf("the MIDI file: error %v", err)
	}
}

func TestCheck_gradients(t *testing.T) {
	root := labelFiles(t)
	dir := t.TempDir()
	flows := func(args ...string) (parameters int, factor map[string]float64) {
		factor = map[string]float64{}
		for _, o := range objects(t, ok(t, append([]string{"check", "gradients", "--json"}, args...)...)) {
			if name, ok := o["flow"].(string); ok {
				factor[name] = o["factor"].(float64)
			} else if _, ok := o["norm"].(float64); ok {
				parameters++
			}
		}
		return parameters, factor
	}
	verse := write(t, filepath.Join(dir, "verse.txt"), strings.Repeat("How much wood would a woodchuck chuck?\n", 60))
	out := filepath.Join(dir, "run")
	ok(t, "train", "charlm", "--data", "text", "--data-dir", verse, "--epochs", "1", "--batch", "10", "--set", "hidden=16", "--out", out)
	n, factor := flows(out)
	if n != 7 || len(factor) != 4 || !(factor["rnn"] < factor["gru"]) || factor["this gru"] == 0 {
		t.Errorf("a run: %d parameters, factors %v", n, factor)
	}
	checkPNG(t, filepath.Join(out, "gradients.png"))
	n, factor = flows("sentiment", "--data", "sst2", "--data-dir", root, "--out", filepath.Join(dir, "a.png"))
	if n != 11 || len(factor) != 3 {
		t.Errorf("a model: %d parameters, factors %v", n, factor)
	}
	n, factor = flows("resnet20", "--batch", "2", "--out", filepath.Join(dir, "b.png"))
	if n == 0 || !(factor["plain, 20 layers"] < 0.5 && factor["residual, 20 layers"] > 0.9) {
		t.Errorf("a residual network: %d parameters, factors %v", n, factor)
	}
	if n, factor = flows("lenet", "--batch", "2"); n != 10 || len(factor) != 0 {
		t.Errorf("lenet: %d parameters, factors %v", n, factor)
	}
	refused(t, exitFailure, []string{"check", "gradients", "nothing"}, "no run nothing")
}

func TestRecurrent_tables(t *testing.T) {
	tables := map[string]int{}
	for _, o := range objects(t, ok(t, "recurrent", "--quick", "--json")) {
		tables[o["table"].(string)]++
		if o["table"] == "future" && !(o["two_directions"].(float64) > o["one_direction"].(float64)+0.2) {
			t.Errorf("%v, expected two directions to see the future", o)
		}
	}
	if tables["cost"] != 2 || tables["recall"] != 6 || tables["future"] != 3 {
		t.Errorf("rows %v", tables)
	}
	if out := ok(t, "recurrent", "--quick"); strings.Count(out, "---:|\n") != 3 {
		t.Errorf("%s\nexpected three tables", out)
	}
}

func TestData_previewText(t *testing.T) {
	for name, want := range map[string]string{"phrases": "/B-", "scales": "X:1"} {
		if out := ok(t, "data", "preview", name, "--n", "30"); !strings.Contains(out, want) {
			t.Errorf("%s: %q, expected %q in it", name, out, want)
		}
	}
	if lines := objects(t, ok(t, "data", "preview", "phrases", "--n", "3", "--json")); len(lines) != 3 {
		t.Errorf("%d lines, want 3", len(lines))
	}
}
