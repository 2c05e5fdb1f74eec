package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedData is a path below the data folder beside the checkout; without that
// folder the test skips.
func sharedData(t *testing.T, parts ...string) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("the shared data is not here")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

func TestWeights_showAndConvert(t *testing.T) {
	t.Chdir(t.TempDir())
	weights := filepath.Join(fixture.run, "last", "model.safetensors")
	out := ok(t, "weights", "show", weights)
	for _, want := range []string{"conv1.weight", "F32", "[6 1 5 5]", "10 tensors, 61,706 numbers"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	if o := objects(t, ok(t, "weights", "show", weights, "--json")); len(o) != 10 || o[0]["elements"] != 150.0 {
		t.Errorf("%d tensors, first %v", len(o), o[0])
	}
	ok(t, "weights", "convert", weights, "copy.safetensors", "--model", "lenet")
	ok(t, "eval", "lenet", "--weights", "copy.safetensors", "--data", "idx", "--data-dir", fixture.data)
	refused(t, exitFailure, []string{"weights", "show", "none"}, "none")
	refused(t, exitFailure, []string{"weights", "show", filepath.Join("..")}, "folder")
	refused(t, exitUsage, []string{"weights", "get", "resnet20-cifar"}, `did you mean "resnet20-cifar10"?`)
	refused(t, exitFailure, []string{"weights", "get", "resnet20-cifar10", "--offline", "--data-dir", "."}, "resnet20-12fca82f.th")
	if lines := objects(t, ok(t, "weights", "list", "--json")); len(lines) < 5 || lines[0]["model"] != "resnet20" {
		t.Errorf("weights %v", lines)
	}
}

// TestEval_publishedTorch: PyTorch's own file of the published ResNet-20 is read
// as it is, and converted.
func TestEval_publishedTorch(t *testing.T) {
	data := sharedData(t)
	file := sharedData(t, "weights", "resnet-cifar10", "resnet20-12fca82f.th")
	t.Chdir(t.TempDir())
	ok(t, "weights", "convert", file, "resnet20.safetensors", "--model", "resnet20")
	for _, weights := range []string{file, "resnet20.safetensors"} {
		done := objects(t, ok(t, "eval", "resnet20", "--weights", weights, "--data", "cifar10", "--data-dir", data, "--json"))[0]
		if got := done["test_accuracy"].(float64); got < 0.914 || got > 0.916 {
			t.Errorf("%s: accuracy %v, want 0.915 within one picture", weights, got)
		}
	}
}

// TestPredict_publishedSqueezeNet: the authors' SqueezeNet names a cat and a cup.
func TestPredict_publishedSqueezeNet(t *testing.T) {
	weights := sharedData(t, "weights", "squeezenet1_0-imagenet", "squeezenet1_0_deepcompression_decoded.safetensors")
	lines := objects(t, ok(t, "predict", "squeezenet", "--weights", weights, "--top", "5", "--json",
		sharedData(t, "style", "content", "chelsea.png"), sharedData(t, "style", "content", "coffee.png")))
	for i, want := range []struct {
		class string
		p     float64
	}{{"Egyptian cat", 0.815}, {"espresso", 0.984}} {
		guesses := lines[i]["guesses"].([]any)
		first := guesses[0].(map[string]any)
		if p := first["probability"].(float64); len(guesses) != 5 || first["class"] != want.class || p < want.p-1e-3 || p > want.p+1e-3 {
			t.Errorf("%v, want %s with %.3f", first, want.class, want.p)
		}
	}
}

func TestExplain(t *testing.T) {
	dir := t.TempDir()
	run, data := filepath.Join(dir, "run"), pictureFolder(t, 8)
	ok(t, "train", "resnet20", "--data", "folder", "--data-dir", data, "--epochs", "1", "--batch", "8", "--set", "size=16", "--out", run)
	picture := filepath.Join(data, "dark", "0.png")
	o := objects(t, ok(t, "explain", run, picture, "--json"))[0]
	if len(o["guesses"].([]any)) != 2 {
		t.Errorf("guesses %v", o["guesses"])
	}
	for _, name := range []string{"filters.png", "maps-1.png", "maps-2.png", "maps-3.png", "grad-cam.png"} {
		pngSize(t, filepath.Join(run, "explain", name))
	}
	out := ok(t, "explain", run, picture, "--class", "bright", "--out", filepath.Join(dir, "drawn"))
	if !strings.Contains(out, "bright") || strings.Contains(out, "dark 0") {
		t.Errorf("output %s", out)
	}
	refused(t, exitUsage, []string{"explain", run, picture, "--class", "brigt"}, `did you mean "bright"?`)
	refused(t, exitUsage, []string{"explain", fixture.run, picture}, "lenet has no feature maps below its head")
	refused(t, exitFailure, []string{"explain", run, filepath.Join(data, "none.png")}, "none.png")
}
