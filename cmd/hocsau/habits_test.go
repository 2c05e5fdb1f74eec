package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small are the flags of a small data set.
func small(more ...string) []string {
	return append(more, "--data", "idx", "--data-dir", fixture.data)
}

func TestCheck_rate(t *testing.T) {
	t.Chdir(t.TempDir())
	if out := ok(t, small("check", "lr", "mlp", "--steps", "40")...); !strings.Contains(out, "train mlp --solver adam --lr ") {
		t.Errorf("output %s", out)
	}
	checkPNG(t, "mlp-lr.png")
	o := objects(t, ok(t, small("check", "lr", "mlp", "--steps", "40", "--json")...))[0]
	if s, isNumber := o["suggestion"].(float64); !isNumber || s < 1e-6 || s > 10 {
		t.Errorf("suggestion %v", o["suggestion"])
	}
	refused(t, exitFailure, small("check", "lr", "mlp", "--low", "1", "--high", "0.1"), "expected 0 < low < high")
}

func TestCheck_solvers(t *testing.T) {
	t.Chdir(t.TempDir())
	lines := objects(t, ok(t, small("check", "solvers", "mlp", "--json", "--out", "s.png")...))
	if len(lines) != 14 || lines[13]["event"] != "done" || keysOf(lines[0]) != "learn_rate ms_per_step solver train_loss val_accuracy val_loss" {
		t.Errorf("%d lines, %v", len(lines), lines[0])
	}
	for i := 1; i < 13; i++ {
		if lines[i]["train_loss"].(float64) < lines[i-1]["train_loss"].(float64) {
			t.Errorf("line %d is not in order: %v", i, lines[i])
		}
	}
	checkPNG(t, "s.png")
	if out := ok(t, small("check", "solvers", "mlp", "--solver", "sgd", "--lr", "1e30")...); !strings.Contains(out, "training diverged") {
		t.Errorf("output %s", out)
	}
}

func TestCheck_init(t *testing.T) {
	t.Chdir(t.TempDir())
	out := ok(t, "check", "init", "lenet")
	for _, want := range []string{"conv1 Conv2d ", "fc3.weight ", "normal 1: activations blow up", "drawn in lenet-init.png"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q: %s", want, out)
		}
	}
	checkPNG(t, "lenet-init.png")
	if lines := objects(t, ok(t, "check", "init", "mlp", "--json")); len(lines) != 6 || len(lines[1]["activation_std"].([]any)) != 2 {
		t.Errorf("lines %v", lines)
	}
}

func TestCheck_data(t *testing.T) {
	out := ok(t, "check", "data", "lenet")
	if !strings.Contains(out, "test: 2,000 examples of shape [1 28 28]") || !strings.HasSuffix(out, "no faults found\n") {
		t.Errorf("output %s", out)
	}
	// The labels of one class are missing in a test part of three examples.
	dir := filepath.Join(t.TempDir(), "few")
	if err := writeIDX(dir, 40, 3); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, []string{"check", "data", "mlp", "--data", "idx", "--data-dir", dir, "--json"}, "1 kind of fault in idx, expected none")
}

func TestRuns(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	ok(t, small("train", "mlp", "--epochs", "1", "--set", "average=0.9")...)
	ok(t, small("train", "mlp", "--epochs", "3", "--val", "0.2", "--set", "patience=1", "--set", "min_delta=0.9")...)
	list := ok(t, "runs", "list")
	if strings.Count(list, "\n") != 2 || !strings.Contains(list, "1 of   1 epochs  test_accuracy 0.") || !strings.Contains(list, "2 of   3 epochs") {
		t.Errorf("list %s", list)
	}
	out := ok(t, "runs", "compare", filepath.Join("runs", "mlp-1"), filepath.Join("runs", "mlp-2"))
	for _, want := range []string{"epochs: 1 → 3", "set patience: none → 1", "drawn in compare.png"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q: %s", want, out)
		}
	}
	checkPNG(t, "compare.png")
	average := filepath.Join("runs", "mlp-1", "average", "model.safetensors")
	if _, err := os.Stat(average); err != nil {
		t.Error(err)
	}
	ok(t, "eval", filepath.Join("runs", "mlp-1"), "--weights", average)
	if out := ok(t, "runs", "list", t.TempDir()); !strings.HasPrefix(out, "no runs in ") {
		t.Errorf("an empty folder: %s", out)
	}
}

// A second call leaves finished runs as they are.
func TestCheck_tips(t *testing.T) {
	refused(t, exitUsage, []string{"check", "tips", "lenet"}, "the model cannot do without batch norm")
	refused(t, exitUsage, []string{"check", "tips", "--patience", "0"}, "--patience 0: expected at least 1")
	if os.Getenv("HOCSAU_LONG") == "" {
		t.Skip("trains ten networks; set HOCSAU_LONG=1")
	}
	data := pictureFolder(t, 12)
	args := []string{"check", "tips", "--data", "folder", "--data-dir", data, "--epochs", "2", "--out", filepath.Join(t.TempDir(), "tips"), "--json"}
	lines := objects(t, ok(t, args...))
	if len(lines) != 11 || keysOf(lines[0]) != "epochs set test_accuracy test_loss train_loss trial val_accuracy" {
		t.Fatalf("%d lines, %v", len(lines), lines[0])
	}
	checkPNG(t, lines[10]["file"].(string))
	if again := objects(t, ok(t, args...)); len(again) != 11 || again[3]["train_loss"] != lines[3]["train_loss"] {
		t.Errorf("again: %v", again)
	}
}
