package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph/checkpoint"
)

// TestTrain_regimes: a network trained on two classes starts one for three; what
// the regime freezes stays, bit for bit.
func TestTrain_regimes(t *testing.T) {
	dir := t.TempDir()
	before := filepath.Join(dir, "before")
	ok(t, "train", "resnet20", "--data", "folder", "--data-dir", pictureFolder(t, 10), "--epochs", "1", "--batch", "8", "--set", "size=16", "--out", before)
	weights := filepath.Join(before, "last", "model.safetensors")
	data := pictureFolder(t, 12)
	third := filepath.Join(data, "third")
	if err := os.Mkdir(third, 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range 12 { // any pictures do
		name := []string{"dark", "bright"}[i%2]
		if err := os.Rename(filepath.Join(data, name, string(rune('0'+i/2))+".png"), filepath.Join(third, name+string(rune('0'+i))+".png")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, flag, value string
		trains            []string // prefixes
		stays             []string
	}{
		{"small", "--regime", "small", []string{"fc"}, []string{"conv1", "bn1", "layer1", "layer2", "layer3"}},
		{"medium", "--regime", "medium", []string{"fc", "layer3"}, []string{"conv1", "bn1", "layer1", "layer2"}},
		{"large", "--regime", "large", []string{"fc", "conv1", "layer1", "layer3"}, nil},
		{"freeze", "--freeze", "conv1,layer2", []string{"fc", "layer1", "layer3"}, []string{"conv1", "layer2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := filepath.Join(dir, c.name)
			args := []string{"train", "resnet20", "--data", "folder", "--data-dir", data, "--epochs", "2", "--batch", "8", "--set", "size=16", "--weights", weights, c.flag, c.value, "--out", run}
			out := ok(t, args...)
			for _, want := range []string{"new: fc.weight, fc.bias", "training ", "of 269,267 parameters"} {
				if !strings.Contains(out, want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
			changed := changes(t, weights, filepath.Join(run, "last", "model.safetensors"))
			for _, p := range c.trains {
				if !slices.ContainsFunc(changed, func(n string) bool { return strings.HasPrefix(n, p+".") }) {
					t.Errorf("%s was not trained", p)
				}
			}
			for _, p := range c.stays {
				for _, n := range changed {
					if strings.HasPrefix(n, p+".") {
						t.Errorf("%s changed, expected it frozen", n)
					}
				}
			}
			// A run made from weights is used, and resumed, without them.
			again := ok(t, append(args, "--resume")...)
			if !strings.Contains(again, "is finished") {
				t.Errorf("resume of a finished run: %s", again)
			}
			ok(t, "eval", run)
			ok(t, "predict", run, filepath.Join(data, "dark", "7.png"))
		})
	}
}

// changes returns the tensors in which two files differ.
func changes(t *testing.T, a, b string) []string {
	t.Helper()
	f, err := checkpoint.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := checkpoint.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	var names []string
	for _, name := range f.Names() {
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		y, err := g.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Data, y.Data) {
			names = append(names, name)
		}
	}
	return names
}

func TestTrain_transferRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	weights := filepath.Join(fixture.run, "last", "model.safetensors")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--regime", "small"}, exitUsage, "--regime small: expected --weights"},
		{[]string{"--weights", weights, "--regime", "tiny"}, exitUsage, `unknown regime "tiny"`},
		{[]string{"--weights", weights, "--freeze", "conv7"}, exitUsage, "--freeze conv7: no parameter begins with it"},
		{[]string{"--weights", weights, "--freeze", "conv1,conv2,fc1,fc2,fc3"}, exitUsage, "all parameters are frozen"},
		{[]string{"--weights", "none.pth"}, exitFailure, "none.pth"},
	} {
		refused(t, c.code, smallRun("lenet", "run", c.args...), c.want)
	}
	refused(t, exitFailure, smallRun("mlp", "run", "--weights", weights), "the file belongs to another model", "unexpected: conv1.weight")
	refused(t, exitUsage, smallRun("mlp", "run", "--weights", weights, "--regime", "medium"), "mlp has no layers between")
}

// TestTrain_augmentations: every kind of change trains, alone with its usual
// strength.
func TestTrain_augmentations(t *testing.T) {
	dir := t.TempDir()
	kinds := "crop+resizedcrop+flip+vflip+rotate:5+erase+cutout:4+color+noise:0.02+brightness+contrast"
	ok(t, smallRun("lenet", filepath.Join(dir, "a"), "--set", "augment="+kinds, "--set", "per_class=5")...)
	refused(t, exitUsage, smallRun("lenet", filepath.Join(dir, "b"), "--set", "augment=rotate:400"), "augment rotate:400: degrees: found 400")
	refused(t, exitUsage, smallRun("lenet", filepath.Join(dir, "b"), "--set", "augment=crop:x"), `augment crop:x: "x", expected a number`)
}
