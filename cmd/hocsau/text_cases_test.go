package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/internal/golden"
)

// lastObject returns the done line of a training.
func lastObject(t *testing.T, args ...string) (done map[string]any, said string) {
	t.Helper()
	r := hocsau(args...)
	if r.code != exitOK {
		t.Fatalf("%q: code %d, %s", args, r.code, r.err)
	}
	lines := objects(t, r.out)
	return lines[len(lines)-1], r.err
}

func TestCases_textCommands(t *testing.T) {
	var want struct {
		F1 float64 `json:"entity_f1_at_least"`
	}
	dir := golden.Everyday(t, "41-ner-plain-tags", &want)
	for _, file := range []string{"plain.conll", "small.conll"} {
		done, _ := lastObject(t, "train", "ner", "--data", "conll", "--data-dir", filepath.Join(dir, file), "--epochs", "12", "--out", filepath.Join(t.TempDir(), "r"), "--json")
		if f, ok := done["entity_f1"].(float64); !ok || f < want.F1 {
			t.Errorf("%s: %v, want entity_f1 %v", file, done, want.F1)
		}
	}
	var none struct{}
	for _, c := range []struct {
		name, model, data, file string
		says                    string
		examples                float64 // a fifth is the test part
	}{
		{"39-conll-germeval-columns", "ner", "conll", "names.tsv", "tokens from column 2, tags from column 3", 8},
		{"40-conll-empty-tokens", "ner", "conll", "names.conll", "left out: 71, 185, 317", 12},
		{"42-conllu-untagged-words", "pos", "conllu", "tags.conllu", "40 of 160 words have no part of speech", 8},
		{"32-utf16-text", "ner", "conll", "names.conll", "", 6},
		{"32-utf16-text", "pos", "conllu", "tags.conllu", "", 6},
		{"32-utf16-text", "sentiment", "tsv", "rated.tsv", "", 8},
		{"33-parallel-latin1", "seq2seq", "files", "set", "read as windows-1252", 6},
		{"32-utf16-text", "seq2seq", "files", "utf16", "", 4},
	} {
		path := filepath.Join(golden.Everyday(t, c.name, &none), c.file)
		set := "hidden=8"
		if c.model == "seq2seq" {
			set += ",tokens=words"
		}
		done, said := lastObject(t, "train", c.model, "--data", c.data, "--data-dir", path, "--epochs", "1", "--set", set, "--out", filepath.Join(t.TempDir(), "r"), "--json")
		if !strings.Contains(said, c.says) || c.says == "" && said != "" || done["examples"] != c.examples {
			t.Errorf("%s: %v, said %q, want %q and %v examples", c.name, done, said, c.says, c.examples)
		}
	}
}

// interrupted trains until there is a checkpoint.
func interrupted(t *testing.T, args ...string) result {
	t.Helper()
	out := args[slices.Index(args, "--out")+1]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan result)
	go func() { done <- hocsauIn(ctx, nil, args...) }()
	for {
		select {
		case r := <-done:
			return r
		case <-time.After(20 * time.Millisecond):
			if _, err := os.Stat(filepath.Join(out, "last", "model.safetensors")); err == nil {
				cancel()
			}
		}
	}
}

func TestCases_resumeChangedData(t *testing.T) {
	var want struct {
		Refused []string `json:"refused_when_changed"`
	}
	dir := golden.Everyday(t, "44-resume-changed-text", &want)
	set := map[string][]string{
		"charlm": {"hidden=16", "text", "txt"}, "lm": {"embedding=8", "text", "txt"}, "ner": {"hidden=16", "conll", "conll"},
	}
	for _, model := range want.Refused {
		how := set[model]
		path := filepath.Join(t.TempDir(), "t."+how[2])
		put := func(which string) {
			b, err := os.ReadFile(filepath.Join(dir, which+"."+how[2]))
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, string(b))
		}
		args := []string{"train", model, "--data", how[1], "--data-dir", path, "--set", how[0], "--epochs", "100000", "--set", "save_every=100ms", "--out", filepath.Join(t.TempDir(), "r")}
		put("before")
		interrupted(t, args...)
		put("after")
		if r := hocsau(append(args, "--resume")...); r.code == exitOK || !strings.Contains(r.err, "the data is not that of the run") {
			t.Errorf("%s: code %d, %q, want a refusal", model, r.code, r.err)
		}
		put("before")
		if r := interrupted(t, append(args, "--resume")...); !strings.Contains(r.out, "going on in epoch") {
			t.Errorf("%s: %q, %q, want it to go on", model, r.out, r.err)
		}
	}
}

// columns writes sentences in columns.
func columns(n int, line func(word, tag string) string) string {
	var b strings.Builder
	for i := range n {
		for _, w := range [][2]string{{[]string{"Anna", "Minh"}[i%2], "B-PER"}, {"lives", "O"}, {"in", "O"}, {[]string{"Hue", "Rome", "Paris"}[i%3], "B-LOC"}} {
			b.WriteString(line(w[0], w[1]) + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestSequence_columns(t *testing.T) {
	small := []string{"--epochs", "1", "--set", "hidden=8", "--json"}
	train := func(content string, more ...string) result {
		path := write(t, filepath.Join(t.TempDir(), "names.conll"), content)
		return hocsau(append(append([]string{"train", "ner", "--data", "conll", "--data-dir", path, "--out", filepath.Join(t.TempDir(), "r")}, small...), more...)...)
	}
	r := train(columns(30, func(w, tag string) string { return tag + " x " + w }), "--set", "token_column=3", "--set", "tag_column=1")
	if r.code != exitOK {
		t.Errorf("columns by number: %s", r.err)
	}
	for says, content := range map[string]string{
		"none says that a word is no name": columns(30, func(w, tag string) string { return w + " " + strings.Replace(tag, "O", "VERB", 1) }),
		"column 2 holds numbers":           columns(30, func(w, tag string) string { return fmt.Sprintf("%s %d", w, len(tag)) }),
		"without a byte order mark":        strings.Join(strings.Split(columns(3, func(w, tag string) string { return w + " " + tag }), ""), "\x00") + "\x00",
	} {
		if r := train(content); r.code == exitOK || !strings.Contains(r.err, says) {
			t.Errorf("code %d, %q, want %q", r.code, r.err, says)
		}
	}
	// No name in the validation part: its F1 can only be 0, so that the accuracy chooses the epoch.
	dir := t.TempDir()
	plain := columns(30, func(w, _ string) string { return w + "\tO" })
	write(t, filepath.Join(dir, "train.conll"), columns(30, func(w, tag string) string { return w + "\t" + tag }))
	write(t, filepath.Join(dir, "dev.conll"), plain)
	write(t, filepath.Join(dir, "test.conll"), plain)
	r = hocsau(append([]string{"train", "ner", "--data", "conll", "--data-dir", dir, "--out", filepath.Join(t.TempDir(), "r")}, small...)...)
	if r.code != exitOK {
		t.Fatal(r.err)
	}
	lines := objects(t, r.out)
	if _, has := lines[0]["val_entity_f1"]; has || lines[0]["val_accuracy"] == nil {
		t.Errorf("epoch %v, want its accuracy alone", lines[0])
	}
	if f, has := lines[len(lines)-1]["entity_f1"]; has && f != nil {
		t.Errorf("done %v, want no F1 of no names", lines[len(lines)-1])
	}
}

func TestWords_lists(t *testing.T) {
	dir := t.TempDir()
	v := write(t, filepath.Join(dir, "v.txt"), "Rome 1 0\nHue 0.9 0.1\nsun 0 1\nmoon 0.2 1\n")
	eval := func(list string, more ...string) map[string]any {
		return objects(t, ok(t, append([]string{"embed", "eval", v, write(t, filepath.Join(dir, "list.txt"), list), "--json"}, more...)...))[0]
	}
	o := eval("Rome sun 5\nHue moon 5\nsun moon 5\n")
	if o["value"] != nil || o["why"] != "the scores are all equal" {
		t.Errorf("%v", o)
	}
	list := "rome hue 9\nrome sun 1\nsun moon 8\n"
	if o := eval(list); o["counted"] != 1.0 {
		t.Errorf("%v", o)
	}
	if o := eval(list, "--ignore-case"); o["counted"] != 3.0 || math.Abs(o["value"].(float64)-1) > 1e-9 {
		t.Errorf("%v", o)
	}
}
