package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
)

// pictureFolder makes a folder with a sub-folder a class: dark and bright
// pictures of 20×24 pixels.
func pictureFolder(t *testing.T, each int) string {
	t.Helper()
	root := t.TempDir()
	for class, low := range map[string]float32{"dark": 0, "bright": 0.7} {
		if err := os.Mkdir(filepath.Join(root, class), 0o777); err != nil {
			t.Fatal(err)
		}
		for i := range each {
			p := &image.Picture{Pix: make([]float32, 3*20*24), Channels: 3, Height: 20, Width: 24}
			for j := range p.Pix {
				p.Pix[j] = low + 0.3*float32((i*31+j*17)%23)/23
			}
			if err := image.WritePNG(filepath.Join(root, class, fmt.Sprintf("%d.png", i)), p); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func TestTrain_folderOfPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	data := pictureFolder(t, 20)
	lines := objects(t, ok(t, "train", "resnet20", "--data", "folder", "--data-dir", data, "--epochs", "3", "--batch", "8", "--out", dir, "--json"))
	done := lines[len(lines)-1]
	if done["test_accuracy"].(float64) < 0.9 {
		t.Errorf("accuracy %v on dark against bright, want 0.9", done["test_accuracy"])
	}
	if out := ok(t, "predict", dir, filepath.Join(data, "dark", "0.png"), "--json"); objects(t, out)[0]["guesses"].([]any)[0].(map[string]any)["class"] != "dark" {
		t.Errorf("a dark picture: %s", out)
	}
}

// A file that is no picture stops nothing: it is named and counted.
func TestTrain_folderWithOtherFiles(t *testing.T) {
	data := pictureFolder(t, 10)
	for name, content := range map[string]string{"notes.txt": "no picture", "cut.png": "\x89PNG\r\n\x1a\n\x00\x00\x00"} {
		if err := os.WriteFile(filepath.Join(data, "dark", name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r := hocsau("train", "resnet20", "--data", "folder", "--data-dir", data, "--epochs", "1", "--batch", "8", "--out", filepath.Join(t.TempDir(), "run"))
	if r.code != exitOK {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	for _, want := range []string{"notes.txt", "cut.png", "2 of these in all"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is not in %s", want, r.err)
		}
	}
}

// The published ResNet-20 has 915 of the first 1,000 test pictures right.
func TestEval_publishedResNet20(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "data")
	weights := filepath.Join(shared, "weights", "resnet-cifar10", "resnet20-12fca82f.safetensors")
	if _, err := os.Stat(weights); err != nil {
		t.Skip("the published weights are not here")
	}
	lines := objects(t, ok(t, "eval", "resnet20", "--weights", weights, "--data", "cifar10", "--data-dir", shared, "--json"))
	if got := lines[0]["test_accuracy"].(float64); math.Abs(got-0.915) > 0.0011 {
		t.Errorf("accuracy %v, want 0.915 within one picture", got)
	}
}

func TestModels_allBuild(t *testing.T) {
	var out, errs bytes.Buffer
	if code := execute(t.Context(), []string{"models", "--json"}, nil, &out, &errs); code != exitOK {
		t.Fatalf("exit %d, %s", code, errs.String())
	}
	for line := range strings.Lines(out.String()) {
		var m struct {
			Model      string
			Parameters int
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.Parameters == 0 {
			t.Errorf("%s: %d parameters, %v", m.Model, m.Parameters, err)
		}
	}
}
