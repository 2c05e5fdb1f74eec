package main

import (
	"math"
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

// TestPredict_publishedSqueezeNet: the authors' SqueezeNet 1.0 names what is in
// photographs as PyTorch does, which was given the pictures by Pillow:
//
//	x = Image.open(path).convert("RGB").resize((227, 227), Image.BILINEAR)
//	p = net(x as BGR − (104, 117, 123)).softmax(1)
func TestPredict_publishedSqueezeNet(t *testing.T) {
	weights := sharedData(t, "weights", "squeezenet1_0-imagenet", "squeezenet1_0_deepcompression_decoded.safetensors")
	const tolerance = 1e-4 // of float32 sums in another order
	for _, c := range []struct {
		picture string
		classes []string
		p       []float64
	}{
		{"images/dog.jpg", []string{"dogsled", "malamute", "muzzle", "Norwegian elkhound", "Saluki"}, []float64{0.18511, 0.06513, 0.05050, 0.03986, 0.03628}},
		{"images/eagle.jpg", []string{"kite", "hen", "bald eagle", "vulture", "prairie chicken"}, []float64{0.79219, 0.05668, 0.04477, 0.03348, 0.03078}},
		{"images/giraffe.jpg", []string{"cheetah", "whippet", "bluetick", "jaguar", "German short-haired pointer"}, []float64{0.74563, 0.04810, 0.04801, 0.04030, 0.03731}},
		{"images/horses.jpg", []string{"oxcart", "ox", "bighorn", "ram", "hartebeest"}, []float64{0.62447, 0.14964, 0.05169, 0.03548, 0.02138}},
		{"images/person.jpg", []string{"briard", "English setter", "Great Pyrenees", "Old English sheepdog", "ox"}, []float64{0.11743, 0.10669, 0.09694, 0.08382, 0.08194}},
		{"style/content/astronaut.png", []string{"espresso maker", "coffeepot", "toaster", "wine bottle", "can opener"}, []float64{0.09394, 0.08169, 0.06975, 0.06933, 0.06292}},
		{"style/content/chelsea.png", []string{"Egyptian cat", "tiger cat", "tabby", "lynx", "puffer"}, []float64{0.81508, 0.09164, 0.07576, 0.00801, 0.00708}},
		{"style/content/coffee.png", []string{"espresso", "cup", "soup bowl", "chocolate sauce", "tray"}, []float64{0.98433, 0.00537, 0.00196, 0.00085, 0.00085}},
		{"style/content/rocket.jpg", []string{"pole", "pier", "liner", "suspension bridge", "missile"}, []float64{0.10858, 0.10737, 0.10674, 0.09823, 0.09556}},
	} {
		path := sharedData(t, filepath.FromSlash(c.picture))
		guesses := objects(t, ok(t, "predict", "squeezenet", "--weights", weights, "--top", "5", "--json", path))[0]["guesses"].([]any)
		for i, g := range guesses {
			g := g.(map[string]any)
			if p := g["probability"].(float64); g["class"] != c.classes[i] || math.Abs(p-c.p[i]) > tolerance {
				t.Errorf("%s, guess %d: %s %.5f, want %s %.5f", c.picture, i+1, g["class"], p, c.classes[i], c.p[i])
			}
		}
	}
}

// Weights that are no numbers are refused, not measured.
func TestEval_weightsNotFinite(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(fixture.run, "best", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "nan.safetensors")
	copy(b[len(b)-4:], "\x00\x00\xc0\x7f") // the last number, little-endian
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, []string{"eval", fixture.run, "--weights", path}, "nan.safetensors: parameter fc3.bias: element 9 is NaN, expected finite numbers")
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
	seven, drawn := filepath.Join("..", "..", "docs", "images", "seven.png"), filepath.Join(dir, "lenet")
	ok(t, "explain", fixture.run, seven, "--out", drawn)
	pngSize(t, filepath.Join(drawn, "grad-cam.png"))
	plain := filepath.Join(dir, "plain")
	ok(t, "train", "mlp", "--epochs", "1", "--out", plain)
	refused(t, exitUsage, []string{"explain", plain, seven}, "mlp has no feature maps below its head")
	refused(t, exitFailure, []string{"explain", run, filepath.Join(data, "none.png")}, "none.png")
}
