package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
)

// pictureFile writes a picture of which each pixel is a function of channel and
// place, and returns its path.
func pictureFile(t *testing.T, name string, channels, h, w int, at func(c, y, x int) float64) string {
	t.Helper()
	p := &image.Picture{Pix: make([]float32, channels*h*w), Channels: channels, Height: h, Width: w}
	for i := range p.Pix {
		p.Pix[i] = float32(at(i/(h*w), i/w%h, i%w))
	}
	path := filepath.Join(t.TempDir(), name)
	if err := image.WritePNG(path, p); err != nil {
		t.Fatal(err)
	}
	return path
}

func stripedFile(t *testing.T) string {
	t.Helper()
	return pictureFile(t, "stripes.png", 3, 48, 60, func(c, y, x int) float64 { return 0.5 + 0.5*math.Sin(float64(x+y)+float64(c)) })
}

func discFile(t *testing.T) string {
	t.Helper()
	return pictureFile(t, "disc.png", 1, 40, 50, func(_, y, x int) float64 {
		if (y-20)*(y-20)+(x-25)*(x-25) < 150 {
			return 0.9
		}
		return 0.2
	})
}

// Without trained weights style works with random ones, and says so.
func TestStyle(t *testing.T) {
	content, style, dir := discFile(t), stripedFile(t), t.TempDir()
	out := filepath.Join(dir, "a.png")
	lines := objects(t, ok(t, "style", content, style, "--size", "50", "--steps", "20", "--snapshot-every", "5", "--snapshots", filepath.Join(dir, "s"), "--out", out, "--json"))
	done := lines[len(lines)-1]
	if len(lines) != 11 || lines[0]["event"] != "step" || done["event"] != "done" || done["file"] != out || done["network"] != "squeezenet" {
		t.Errorf("lines %v", lines)
	}
	if start, end, lowered := done["j_start"].(float64), done["j_end"].(float64), done["lowered"].(float64); !(end < start/2) || math.Abs(lowered-(1-end/start)) > 1e-9 {
		t.Errorf("done %v", done)
	}
	if w, h := sizeOf(t, out); w != 50 || h != 40 {
		t.Errorf("%d×%d, want 50×40", w, h)
	}
	for _, name := range []string{"step-000005.png", "step-000015.png"} {
		sizeOf(t, filepath.Join(dir, "s", name))
	}
	plain := ok(t, "style", content, style, style, "--shares", "2,1", "--size", "40", "--steps", "10", "--solver", "adam", "--out", out)
	if strings.Count(plain, "\n") != 11 || !strings.Contains(plain, "J of the content picture ") || !strings.Contains(plain, "lowered by ") {
		t.Errorf("plain lines %s", plain)
	}
}

func TestStyle_sweep(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sheet.png")
	text := ok(t, "style", discFile(t), stripedFile(t), "--sweep", "--size", "40", "--steps", "2", "--out", out)
	if !strings.Contains(text, "9/9  α 50     β 1000") {
		t.Errorf("lines %s", text)
	}
	if w, h := sizeOf(t, out); w < 3*160 || h < 3*128 {
		t.Errorf("a sheet of %d×%d", w, h)
	}
}

func TestStyle_refuses(t *testing.T) {
	content, style, dir := discFile(t), stripedFile(t), t.TempDir()
	out := filepath.Join(dir, "a.png")
	narrow := pictureFile(t, "narrow.png", 3, 3, 900, func(int, int, int) float64 { return 0.5 })
	text := filepath.Join(dir, "text.txt")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{exitUsage, []string{content, style}, "no --out"},
		{exitUsage, []string{content, "--out", out}, "1 argument, expected a content picture"},
		{exitUsage, []string{content, style, "--out", "a.jpg"}, "ends in .png"},
		{exitUsage, []string{content, style, "--out", filepath.Join(dir, "none", "a.png")}, "no folder"},
		{exitUsage, []string{content, style, "--out", style}, "the command reads that file"},
		{exitUsage, []string{content, style, "--out", out, "--size", "20"}, "size 20, expected at least 32"},
		{exitUsage, []string{content, style, "--out", out, "--steps", "0"}, "0 steps"},
		{exitUsage, []string{content, style, "--out", out, "--style-weight", "-1"}, "style weight -1"},
		{exitUsage, []string{content, style, "--out", out, "--shares", "1,2"}, "2 shares for 1 styles"},
		{exitUsage, []string{content, style, "--out", out, "--solver", "sgd"}, `solver "sgd"`},
		{exitFailure, []string{content, text, "--out", out}, "text.txt"},
		{exitFailure, []string{"none.png", style, "--out", out}, "none.png"},
		{exitUsage, []string{narrow, style, "--out", out}, "content picture of 900×3: at size 256 it is 256×1, expected at least 32"},
		{exitFailure, []string{content, style, "--out", out, "--weights", text}, "text.txt"},
		{exitFailure, []string{content, dir, "--out", out}, "holds no checkpoint"},
		{exitUsage, []string{content, fixture.run, "--out", out}, "is of model lenet"},
	} {
		refused(t, c.code, append([]string{"style"}, c.args...), c.want)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused use wrote a file")
	}
}

func TestFastStyle(t *testing.T) {
	// A folder of pictures of one class.
	data := filepath.Join(t.TempDir(), "pictures")
	if err := os.MkdirAll(data, 0o777); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(discFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.png", "b.png", "c.png", "d.png", "e.png", "f.png"} {
		if err := os.WriteFile(filepath.Join(data, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"train", "fast-style", "--data", "folder", "--data-dir", data, "--style", stripedFile(t), "--epochs", "2", "--batch", "2",
		"--set", "side=32", "--set", "style_size=48", "--set", "width=2", "--set", "blocks=1", "--out", dir, "--json"}
	lines := objects(t, ok(t, args...))
	done := lines[len(lines)-1]
	for _, key := range []string{"total_cost", "content_cost", "style_cost"} {
		if v, ok := done[key].(float64); !ok || !(v > 0) {
			t.Errorf("done: %s is %v", key, done[key])
		}
	}
	evaluated := objects(t, ok(t, "eval", dir, "--json"))
	if got := evaluated[len(evaluated)-1]; got["total_cost"] != done["total_cost"] {
		t.Errorf("eval %v, train said %v", got, done)
	}
	out := filepath.Join(t.TempDir(), "painted.png")
	ok(t, "predict", dir, discFile(t), "--out", out)
	if w, h := sizeOf(t, out); w != 50 || h != 40 {
		t.Errorf("%d×%d, want 50×40", w, h)
	}
	ok(t, "style", discFile(t), dir, "--size", "100", "--out", out)
	if w, h := sizeOf(t, out); w != 100 || h != 80 {
		t.Errorf("%d×%d, want 100×80", w, h)
	}
	refused(t, exitUsage, []string{"predict", dir, "a.png", "b.png", "--out", out}, "2 pictures, expected one")
	refused(t, exitUsage, []string{"train", "fast-style", "--set", "side=30"}, "side=30: expected at least 32")
	refused(t, exitUsage, []string{"train", "fast-style", "--set", "side=50"}, "side=50: expected a multiple of 4")
}
