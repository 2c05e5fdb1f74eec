package main

import (
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// smallGAN are the arguments that train a small GAN.
func smallGAN(model, dir string, more ...string) []string {
	args := []string{"train", model, "--data", "mnist", "--data-dir", fixture.data, "--epochs", "2", "--batch", "100", "--val", "0.1", "--out", dir, "--json"}
	if model != "gan" {
		args = append(args, "--set", "width=4")
	}
	return append(args, more...)
}

func sizeOf(t *testing.T, path string) (w, h int) {
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
	return img.Bounds().Dx(), img.Bounds().Dy()
}

func framesOf(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := gif.DecodeAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return len(g.Image)
}

func TestGAN_trainEvalGenerate(t *testing.T) {
	for _, model := range []string{"gan", "dcgan", "cgan"} {
		t.Run(model, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			lines := objects(t, ok(t, smallGAN(model, dir)...))
			if len(lines) != 4 || lines[0]["event"] != "judge" {
				t.Fatalf("lines %v", lines)
			}
			if a, ok := lines[0]["test_accuracy"].(float64); !ok || !(a > 0.3) { // of 1,000 digits in three epochs
				t.Errorf("judge %v", lines[0])
			}
			for _, key := range []string{"train_loss", "val_frechet", "val_class_entropy", "val_classes_present", "d_real", "d_fake"} {
				if v, ok := lines[1][key].(float64); !ok || !(v > 0) {
					t.Errorf("epoch: %s is %v", key, lines[1][key])
				}
			}
			done := lines[3]
			for _, key := range []string{"frechet", "class_entropy", "classes_present", "confidence"} {
				if v, ok := done[key].(float64); !ok || !(v > 0) {
					t.Errorf("done: %s is %v", key, done[key])
				}
			}
			if n := framesOf(t, filepath.Join(dir, "progress.gif")); n < 3 {
				t.Errorf("an animation of %d frames", n)
			}
			sizeOf(t, filepath.Join(dir, "samples.png"))

			evaluated := objects(t, ok(t, "eval", dir, "--json"))
			if got := evaluated[len(evaluated)-1]; got["frechet"] != done["frechet"] || got["class_entropy"] != done["class_entropy"] {
				t.Errorf("eval %v, train said %v", got, done)
			}
			other := filepath.Join(t.TempDir(), "a.png")
			ok(t, "generate", dir, "--n", "6", "--seed", "7", "--out", other)
			first, err := os.ReadFile(other)
			if err != nil {
				t.Fatal(err)
			}
			ok(t, "generate", dir, "--n", "6", "--seed", "8", "--out", other)
			second, err := os.ReadFile(other)
			if err != nil || string(first) == string(second) {
				t.Errorf("another seed, the same picture (%v)", err)
			}
			way := filepath.Join(t.TempDir(), "way.gif")
			ok(t, "generate", dir, "--interpolate", "--n", "3", "--out", way)
			if n := framesOf(t, way); n != 24 {
				t.Errorf("%d frames, want 8 ways of 3", n)
			}
			ok(t, "generate", dir, "--interpolate")
			if w, h := sizeOf(t, filepath.Join(dir, "generated.png")); w < 10*56 || h < 8*56 {
				t.Errorf("a sheet of %d×%d", w, h)
			}
			if model == "cgan" {
				ok(t, "generate", dir, "--class", "3,7", "--n", "4")
				refused(t, exitUsage, []string{"generate", dir, "--class", "seven"}, `class "seven"`)
				return
			}
			refused(t, exitUsage, []string{"generate", dir, "--class", "3"}, model+" knows no classes")
		})
	}
}

// A finished run is left as it is, and goes on with its own settings only.
func TestGAN_finished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first := ok(t, smallGAN("dcgan", dir)...)
	before := snapshot(t, dir)
	again := ok(t, smallGAN("dcgan", dir, "--resume")...)
	if strings.Count(again, "\n") != 1 || !strings.HasSuffix(first, again) {
		t.Errorf("a finished run: %s", again)
	}
	refused(t, exitFailure, smallGAN("dcgan", dir, "--resume", "--seed", "2"), "seed: the run has 1, now 2")
	if snapshot(t, dir) != before {
		t.Error("a finished run was changed")
	}
}

func TestGAN_refuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	for _, c := range []struct {
		args []string
		want string
	}{
		{smallGAN("dcgan", dir, "--batch", "1"), "--batch 1: expected at least 2"},
		{smallGAN("dcgan", dir, "--set", "real_label=2"), "real_label=2: expected in (0, 1]"},
		{smallGAN("dcgan", dir, "--set", "side=64"), `side "64"`},
		{smallGAN("dcgan", dir, "--set", "loss=other"), `loss "other"`},
		{smallGAN("dcgan", dir, "--set", "beta1=1"), "beta1=1: expected in [0, 1)"},
		{smallGAN("dcgan", dir, "--set", "accumulate=2"), "a GAN takes its steps by turns"},
	} {
		refused(t, exitUsage, c.args, c.want)
	}
	refused(t, exitFailure, smallGAN("dcgan", dir, "--judge", "none.safetensors"), "none.safetensors")
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused run leaves a folder")
	}
}

// The reference's form makes pictures of 32×32, of which the judge sees the
// middle.
func TestDCGAN_side32(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	lines := objects(t, ok(t, smallGAN("dcgan", dir, "--set", "side=32", "--set", "loss=minimax")...))
	if done := lines[len(lines)-1]; !(done["frechet"].(float64) > 0) {
		t.Errorf("done %v", done)
	}
	ok(t, "generate", dir, "--n", "1")
	if w, h := sizeOf(t, filepath.Join(dir, "generated.png")); w != h || w < 64 {
		t.Errorf("a picture of %d×%d, want twice 32 with a border", w, h)
	}
}
