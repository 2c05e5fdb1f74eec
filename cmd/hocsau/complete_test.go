package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.CopyFS(filepath.Join("runs", "lenet-1"), os.DirFS(fixture.run)); err != nil {
		t.Fatal(err)
	}
	// The shell keeps what begins as the word does.
	for _, c := range []struct {
		args  []string
		wants []string
		lacks string
	}{
		{[]string{"eval", ""}, []string{filepath.Join("runs", "lenet-1"), "last", "resnet20"}, ""},
		{[]string{"detect", ""}, []string{filepath.Join("runs", "lenet-1"), "last"}, "resnet20"},
		{[]string{"train", "res"}, []string{"resnet20", "resnet56"}, ""},
		{[]string{"train", "lenet", "--data", ""}, []string{"mnist", "digits"}, "cifar10"},
		{[]string{"train", "lenet", "--solver", "a"}, []string{"adam", "adagrad"}, ""},
		{[]string{"train", "lenet", "--set", "sch"}, []string{"schedule=", "schedule_every="}, "patience"},
		{[]string{"train", "lenet", "--set", "patience=3,schedule=co"}, []string{"patience=3,schedule=cosine", "patience=3,schedule=constant"}, "linear"},
	} {
		lines := strings.Split(ok(t, append([]string{"__complete"}, c.args...)...), "\n")
		all := "\n" + strings.Join(lines, "\n")
		for _, w := range c.wants {
			if !strings.Contains(all, "\n"+w+"\n") && !strings.Contains(all, "\n"+w+"\t") {
				t.Errorf("%q: %q, want %q", c.args, lines, w)
			}
		}
		if c.lacks != "" && strings.Contains(all, "\n"+c.lacks+"\n") {
			t.Errorf("%q: %q, with %q", c.args, lines, c.lacks)
		}
	}
}
