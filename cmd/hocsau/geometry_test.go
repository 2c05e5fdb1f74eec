package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// geometryFolder draws pictures of two classes, train and test, whose geometry
// matters: tall, wide, tiny, grey, with alpha, turned by EXIF.
func geometryFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	sizes := [][2]int{{192, 64}, {64, 192}, {96, 96}, {150, 70}, {7, 5}, {33, 40}}
	for _, part := range []string{"train", "test"} {
		r := rand.New(rand.NewPCG(1, uint64(len(part))))
		for class, name := range []string{"round", "tall"} {
			folder := filepath.Join(dir, part, name)
			if err := os.MkdirAll(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			for i := range 12 {
				size := sizes[i%len(sizes)]
				img := drawEllipse(r, size[0], size[1], class == 1, i)
				if err := writeTurned(filepath.Join(folder, fmt.Sprint(i)), img, i); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return dir
}

// drawEllipse draws an ellipse, which is half as wide as high where tall.
func drawEllipse(r *rand.Rand, w, h int, tall bool, i int) image.Image {
	set := image.NewNRGBA(image.Rect(0, 0, w, h))
	ry := float64(min(w, h)) * 0.4
	rx := ry
	if tall {
		rx /= 2
	}
	ink := color.NRGBA{uint8(r.IntN(120)), uint8(r.IntN(120)), uint8(r.IntN(120)), 255}
	for y := range h {
		for x := range w {
			c := color.NRGBA{230, 220, 200, 255}
			if i%4 == 3 {
				c.A = 0
			}
			dx, dy := (float64(x)-float64(w)/2)/rx, (float64(y)-float64(h)/2)/ry
			if dx*dx+dy*dy < 1 {
				c = ink
			}
			set.SetNRGBA(x, y, c)
		}
	}
	if i%5 == 4 {
		grey := image.NewGray(set.Bounds())
		for y := range h {
			for x := range w {
				grey.Set(x, y, set.At(x, y))
			}
		}
		return grey
	}
	return set
}

// writeTurned writes a PNG, or for each third picture a JPEG that is to be
// turned.
func writeTurned(path string, img image.Image, i int) error {
	if i%3 != 1 {
		f, err := os.Create(path + ".png")
		if err != nil {
			return err
		}
		defer f.Close()
		return png.Encode(f, img)
	}
	var b strings.Builder
	if err := jpeg.Encode(&b, img, nil); err != nil {
		return err
	}
	// The orientation 6 in an EXIF segment behind the first two bytes.
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	return os.WriteFile(path+".jpg", []byte(b.String()[:2]+exif+b.String()[2:]), 0o666)
}

// answers reads the lines of eval --answers by file.
func answers(t *testing.T, path string) map[string]map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for line := range strings.Lines(string(b)) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		file, _ := o["file"].(string)
		all[file] = o
	}
	return all
}

// TestPredict_asEval: predict on the files of the test part gives what eval
// counted, picture by picture, whatever the form of the pictures.
func TestPredict_asEval(t *testing.T) {
	dir := geometryFolder(t)
	for _, c := range []struct {
		model string
		more  []string
	}{
		{"resnet20", nil},
		{"resnet20", []string{"--set", "frame=stretch"}},
		{"squeezenet", []string{"--set", "size=48"}},
	} {
		t.Run(strings.Join(append([]string{c.model}, c.more...), " "), func(t *testing.T) {
			run, file := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "answers.jsonl")
			ok(t, append([]string{"train", c.model, "--data", "folder", "--data-dir", dir, "--epochs", "1", "--batch", "8", "--val", "0", "--out", run}, c.more...)...)
			ok(t, "eval", run, "--answers", file)
			counted := answers(t, file)
			if len(counted) != 24 {
				t.Fatalf("%d answers, want one for each of 24 test pictures", len(counted))
			}
			for path, want := range counted {
				got := objects(t, ok(t, "predict", run, path, "--json"))[0]
				if !sameGuesses(got["guesses"], want["guesses"]) || got["unfamiliar"] != want["unfamiliar"] {
					t.Errorf("%s: predict %v, eval %v", path, got["guesses"], want["guesses"])
				}
			}
		})
	}
}

// sameGuesses reports whether two lists of guesses have the same classes in the
// same order, with probabilities that differ by rounding: those of a picture
// alone and those of a batch.
func sameGuesses(a, b any) bool {
	x, _ := a.([]any)
	y, _ := b.([]any)
	if len(x) == 0 || len(x) != len(y) {
		return false
	}
	for i := range x {
		p, _ := x[i].(map[string]any)
		q, _ := y[i].(map[string]any)
		u, _ := p["probability"].(float64)
		v, _ := q["probability"].(float64)
		if p["class"] != q["class"] || math.Abs(u-v) > 1e-6 {
			return false
		}
	}
	return true
}
