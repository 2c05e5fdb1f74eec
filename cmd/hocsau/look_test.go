package main

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModels_output(t *testing.T) {
	out := ok(t, "models")
	for _, want := range []string{"lenet  ", "lenet-tanh ", "mlp ", "61,706 parameters", "data: digits, mnist, fashion-mnist, idx"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	column := -1
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		at := len([]rune(line[:strings.Index(line, " parameters")]))
		if column >= 0 && at != column {
			t.Errorf("columns are not aligned:\n%s", out)
		}
		column = at
	}
	lines := objects(t, ok(t, "models", "lenet*", "--json"))
	if len(lines) < 2 || keysOf(lines[0]) != "about data model parameters section" || lines[0]["model"] != "lenet" || lines[0]["parameters"] != 61706.0 {
		t.Errorf("lines %v", lines)
	}
}

func TestSummary_output(t *testing.T) {
	out := ok(t, "summary", "lenet")
	for _, want := range []string{"conv1 ", "Conv2d ", "[1, 6, 28, 28]", "total ", "61,706"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	o := objects(t, ok(t, "summary", "lenet", "--json", "--batch", "8"))[0]
	if keysOf(o) != "input layers macs model parameters" || o["parameters"] != 61706.0 || len(o["layers"].([]any)) != 11 {
		t.Errorf("object %v", o)
	}
	if out := ok(t, "summary", "mlp", "--memory", "--batch", "64"); !strings.Contains(out, "407,080 bytes") || !strings.Contains(out, "a step allocates nothing") {
		t.Errorf("memory: %s", out)
	}
	o = objects(t, ok(t, "summary", "mlp", "--memory", "--json"))[0]
	if keysOf(o) != "allocating arena batch bound gradients kept model parameters" || o["parameters"] != 407080.0 {
		t.Errorf("memory: %v", o)
	}
}

// TestSummary_layers: what a layer reads and sees, in a table, in JSON, drawn.
func TestSummary_layers(t *testing.T) {
	out := ok(t, "summary", "resnet20")
	for _, want := range []string{"Conv2d 3×3/2", "layer3.2.conv2", "3×3", "269,722"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	layers := objects(t, ok(t, "summary", "lenet", "--json"))[0]["layers"].([]any)
	third := layers[2].(map[string]any) // conv1, ReLU, the first pooling
	want := map[string]string{"operation": "MaxPool2d", "inputs": "[1]", "kernel": "[2 2]", "stride": "[2 2]", "padding": "[[0 0] [0 0]]", "receptive_field": "[6 6]", "macs": "0"}
	for key, value := range want {
		if got := fmt.Sprint(third[key]); got != value {
			t.Errorf("%s %s, want %s", key, got, value)
		}
	}
	if out := ok(t, "summary", "resnet20", "--dot", "-"); !strings.Contains(out, "digraph \"resnet20\"") || !strings.Contains(out, "input -> n0") {
		t.Errorf("dot: %s", out)
	}
	path := filepath.Join(t.TempDir(), "net.svg")
	ok(t, "summary", "resnet20", "--svg", path)
	if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), "<svg ") {
		t.Errorf("svg: %.20s, %v", b, err)
	}
}

// TestSummary_everyPictureNetwork: each architecture shows its layers, whose
// parameters are all of the model's. VGG is left out for its memory.
func TestSummary_everyPictureNetwork(t *testing.T) {
	whole := map[string]float64{"googlenet": 5_983_802, "squeezenet": 727_626, "resnet18": 11_181_642, "resnet50": 23_528_522, "resnet56": 853_018}
	for name, parameters := range whole {
		o := objects(t, ok(t, "summary", name, "--json"))[0]
		sum := 0.0
		for _, l := range o["layers"].([]any) {
			sum += l.(map[string]any)["parameters"].(float64)
		}
		if sum != parameters || o["parameters"] != parameters {
			t.Errorf("%s: the layers have %.0f parameters, the model says %v, want %.0f", name, sum, o["parameters"], parameters)
		}
		if out := ok(t, "summary", name, "--svg", "-"); !strings.HasPrefix(out, "<svg ") || !strings.HasSuffix(out, "</svg>\n") {
			t.Errorf("%s: svg %.40s", name, out)
		}
	}
}

func TestData_previewAugmented(t *testing.T) {
	t.Chdir(t.TempDir())
	ok(t, "data", "preview", "shapes", "--n", "3", "--augment", "flip+color")
	changed := pngSize(t, "shapes.png")
	ok(t, "data", "preview", "shapes", "--n", "3", "--out", "plain.png")
	if plain := pngSize(t, "plain.png"); changed.X < 2*plain.X {
		t.Errorf("%v with changed forms, %v without", changed, plain)
	}
	refused(t, exitUsage, []string{"data", "preview", "shapes", "--augment", "flop"}, `unknown augmentation "flop": did you mean "flip"?`)
}

func pngSize(t *testing.T, path string) image.Point {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img.Bounds().Size()
}

func TestData_list(t *testing.T) {
	out := ok(t, "data", "list")
	for _, want := range []string{"digits ", "built in", "mnist ", "not here; ", "data get fashion-mnist", "named by --data-dir"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	root := t.TempDir()
	if err := writeIDX(filepath.Join(root, "mnist"), 10, 10); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects(t, ok(t, "data", "list", "--data-dir", root, "--json")) {
		if keysOf(o) != "name title where" {
			t.Errorf("object %v", o)
		}
		if o["name"] == "mnist" && o["where"] != filepath.Join(root, "mnist") {
			t.Errorf("mnist is %v", o["where"])
		}
	}
	if out := ok(t, "data", "get", "mnist", "--offline", "--data-dir", root); !strings.Contains(out, "mnist is in ") {
		t.Errorf("get what is there: %s", out)
	}
	o := objects(t, ok(t, "data", "get", "mnist", "--offline", "--data-dir", root, "--json"))[0]
	if keysOf(o) != "folder name" || o["name"] != "mnist" {
		t.Errorf("object %v", o)
	}
}

func TestData_preview(t *testing.T) {
	t.Chdir(t.TempDir())
	// A single picture has nothing around it: what is seen in it is the digit.
	if out := ok(t, "data", "preview", "digits", "--n", "1", "--out", "one.png"); out != "1 example of digits drawn in one.png\n" {
		t.Errorf("output %q", out)
	}
	if w, h := sizeOf(t, "one.png"); w != 28 || h != 28 {
		t.Errorf("a single digit is %d×%d", w, h)
	}
	if out := ok(t, "data", "preview", "digits", "--n", "9"); out != "9 examples of digits drawn in digits.png\n" {
		t.Errorf("output %q", out)
	}
	checkPNG(t, "digits.png")
	if err := writeIDX("small", 20, 5); err != nil {
		t.Fatal(err)
	}
	o := objects(t, ok(t, "data", "preview", "idx", "--data-dir", "small", "--n", "99999", "--out", "idx.png", "--json"))[0]
	if keysOf(o) != "examples file name" || o["examples"] != 20.0 || o["file"] != "idx.png" {
		t.Errorf("object %v", o)
	}
	checkPNG(t, "idx.png")
}

func TestCheck_grad(t *testing.T) {
	out := ok(t, "check", "grad", "lenet-tanh", "--most", "5")
	if !strings.HasPrefix(out, "parameter ") || strings.Count(out, "\n") != 12 || !strings.HasSuffix(out, "gradients are right: every relative error is below 1e-05\n") {
		t.Errorf("output %s", out)
	}
	lines := objects(t, ok(t, "check", "grad", "mlp", "--most", "5", "--json"))
	if len(lines) != 4 || keysOf(lines[0]) != "compared noise ok parameter relative_error" || lines[0]["ok"] != true || lines[0]["relative_error"] == 0.0 {
		t.Errorf("lines %v", lines)
	}
	r := hocsau("check", "grad", "mlp", "--most", "5")
	if want := "hocsau: comparing a sample of 20 of the "; !strings.HasPrefix(r.err, want) || !strings.Contains(r.err, "--all") {
		t.Errorf("stderr %q, want %q", r.err, want)
	}
}

func TestCheck_overfit(t *testing.T) {
	data := []string{"--data", "idx", "--data-dir", fixture.data}
	if out := ok(t, append([]string{"check", "overfit", "mlp"}, data...)...); !strings.Contains(out, "16 examples: loss ") || !strings.Contains(out, "learnt by heart") {
		t.Errorf("output %s", out)
	}
	o := objects(t, ok(t, append([]string{"check", "overfit", "mlp", "--json"}, data...)...))[0]
	if keysOf(o) != "batch first_loss last_loss model ok steps" || o["ok"] != true || o["batch"] != 16.0 {
		t.Errorf("object %v", o)
	}
	r := hocsau(append([]string{"check", "overfit", "mlp", "--lr", "1e-9"}, data...)...)
	if r.code != exitFailure {
		t.Errorf("exit %d", r.code)
	}
	checkError(t, r.err, "check overfit: the loss is ", "after 300 steps, expected below 0.01")
	refused(t, exitFailure, append([]string{"check", "overfit", "lenet", "--lr", "1e30"}, data...), "overfit: step ", "first in Conv2d", "training diverged")
}

func TestDoctor_output(t *testing.T) {
	t.Chdir(t.TempDir())
	out := ok(t, "doctor")
	if strings.Count(out, "\n") != 5 || strings.Contains(out, "FAIL") || !strings.Contains(out, "ok    gradients  LeNet against finite differences: worst relative error ") {
		t.Errorf("output %s", out)
	}
	for _, o := range objects(t, ok(t, "doctor", "--json")) {
		if keysOf(o) != "check ok says" || o["ok"] != true {
			t.Errorf("finding %v", o)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestVersion_output(t *testing.T) {
	if out := ok(t, "version"); !strings.HasPrefix(out, "hocsau ") || !strings.Contains(out, ", go1.") {
		t.Errorf("output %q", out)
	}
	if o := objects(t, ok(t, "version", "--json"))[0]; keysOf(o) != "arch go os version" {
		t.Errorf("object %v", o)
	}
}

func TestBench_list(t *testing.T) {
	if out := ok(t, "bench"); !strings.Contains(out, "lenet_relu_train\n") {
		t.Errorf("output %s", out)
	}
	for _, o := range objects(t, ok(t, "bench", "--json")) {
		if keysOf(o) != "task" {
			t.Errorf("object %v", o)
		}
	}
}

// TestBench_steps does the steps that were asked for, and no repeats.
func TestBench_steps(t *testing.T) {
	config, found := objects(t, ok(t, "bench", "lenet_tanh_infer", "--steps", "2", "--json"))[0]["config"].(map[string]any)
	if !found || config["repeats"] != 1.0 || config["kernels"] == "" {
		t.Errorf("config %v", config)
	}
	refused(t, 2, []string{"bench", "lenet_tanh_infer", "--steps", "-1"}, "--steps is -1, expected 1 or more")
}
