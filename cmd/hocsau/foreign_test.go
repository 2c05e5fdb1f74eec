package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
)

// The folder of a run stands for its weights.
func TestWeights_ofRun(t *testing.T) {
	want := objects(t, ok(t, "eval", fixture.run, "--json"))[0]
	if got := objects(t, ok(t, "eval", "lenet", "--weights", fixture.run, "--json"))[0]; timeless(got) != timeless(want) {
		t.Errorf("lenet by the run's folder: %v, the run: %v", got, want)
	}
	refused(t, exitUsage, []string{"eval", "lenet-tanh", "--weights", fixture.run}, "--weights "+fixture.run+": is a run of lenet, not of lenet-tanh")
	dir := filepath.Join(t.TempDir(), "again")
	out := ok(t, "train", "lenet", "--weights", fixture.run, "--data", "idx", "--data-dir", fixture.data, "--epochs", "1", "--out", dir)
	if !strings.Contains(out, "new: nothing") {
		t.Errorf("begun from a run: %s", out)
	}
	refused(t, exitFailure, []string{"train", "lenet", "--weights", t.TempDir(), "--data", "idx", "--data-dir", fixture.data}, "holds no checkpoint")
}

func TestWeights_otherEnding(t *testing.T) {
	t.Chdir(t.TempDir())
	refused(t, exitFailure, []string{"weights", "convert", filepath.Join(fixture.run, "last", "model.safetensors"), "x.onnx"}, "x.onnx", "expected a name that ends in .safetensors")
	if _, err := os.Stat("x.onnx"); err == nil {
		t.Error("a file was written")
	}
}

// caseAccuracy are the right figures of weights that others saved.
type caseAccuracy struct {
	Files        []string `json:"files"`
	TestAccuracy float64  `json:"test_accuracy"`
	TestLoss     float64  `json:"test_loss"`
	Tolerance    float64  `json:"tolerance"`
}

func (c caseAccuracy) check(t *testing.T, data, says string) {
	t.Helper()
	for _, file := range c.Files {
		r := hocsau("eval", "lenet", "--weights", file, "--data", "idx", "--data-dir", data, "--json")
		if r.code != exitOK || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d, %q", file, r.code, r.err)
			continue
		}
		got := objects(t, r.out)[0]
		if math.Abs(got["test_accuracy"].(float64)-c.TestAccuracy) > c.Tolerance || math.Abs(got["test_loss"].(float64)-c.TestLoss) > c.Tolerance {
			t.Errorf("%s: %v, want %+v", file, got, c)
		}
	}
}

func TestCase14_commonPrefix(t *testing.T) {
	var want caseAccuracy
	golden.EverydayCopy(t, "14-weights-with-prefix", &want)
	want.check(t, "set", "is taken off all names")
}

func TestCase15_otherObjects(t *testing.T) {
	var want caseAccuracy
	golden.EverydayCopy(t, "15-weights-beside-other-objects", &want)
	want.check(t, filepath.Join("..", "14-weights-with-prefix", "set"), "")
	if out := ok(t, "weights", "show", "namespace.pth"); !strings.Contains(out, "(argparse.Namespace)") {
		t.Errorf("weights show: %s", out)
	}
}

func TestCase21_otherClasses(t *testing.T) {
	var want struct {
		Says []string `json:"says"`
		With struct {
			Guess string `json:"guess"`
		} `json:"with_classes"`
	}
	golden.EverydayCopy(t, "21-weights-of-other-classes", &want)
	refused(t, exitUsage, []string{"predict", "lenet", "--weights", "seven.pth", "digit.png"}, append(want.Says, "seven.pth tells 7 classes apart")...)
	out := objects(t, ok(t, "predict", "lenet", "--weights", "seven.pth", "--classes", "seven.txt", "digit.png", "--json"))
	first := out[0]["guesses"].([]any)[0].(map[string]any)
	if first["class"] != want.With.Guess || first["probability"].(float64) < 0.5 { // how sure it is depends on how pictures are framed
		t.Errorf("found %v, want %+v", first, want.With)
	}
}

func TestCase27_folder(t *testing.T) {
	var want struct {
		Pictures []string `json:"pictures"`
		Guesses  []string `json:"guesses"`
	}
	golden.EverydayCopy(t, "27-folder-as-argument", &want)
	other := filepath.Join("..", "21-weights-of-other-classes")
	lines := objects(t, ok(t, "predict", "lenet", "--weights", filepath.Join(other, "seven.pth"), "--classes", filepath.Join(other, "seven.txt"), "pics", "--json"))
	if len(lines) != len(want.Pictures) {
		t.Fatalf("found %v", lines)
	}
	for i, line := range lines {
		guess := line["guesses"].([]any)[0].(map[string]any)["class"]
		if filepath.ToSlash(line["file"].(string)) != want.Pictures[i] || guess != want.Guesses[i] {
			t.Errorf("%s: %v, want %s: %s", line["file"], guess, want.Pictures[i], want.Guesses[i])
		}
	}
}
