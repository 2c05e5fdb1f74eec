package run

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPictures(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"pics/c.png", "pics/a.JPG", "pics/b/d.webp", "pics/notes.txt", "pics/.hidden.png", "none/x.csv", "we[ird].png"} {
		path = filepath.FromSlash(path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, want, says string }{
		{"pics", "pics/a.JPG pics/b/d.webp pics/c.png", "pics: left out, as no pictures: notes.txt"},
		{"pics/c.png pics/*.JPG -", "pics/c.png pics/a.JPG -", ""},
		{"pi*", "pics/a.JPG pics/b/d.webp pics/c.png", "left out"},
		{"we[ird].png", "we[ird].png", ""},
		{"absent.png", "absent.png", ""}, // the reader says so
	} {
		var errs bytes.Buffer
		got, err := (&App{Err: &errs}).Pictures(strings.Fields(c.args))
		for i := range got {
			got[i] = filepath.ToSlash(got[i])
		}
		if err != nil || strings.Join(got, " ") != c.want || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s: %q, %q (%v), want %s", c.args, got, errs.String(), err, c.want)
		}
	}
	for arg, want := range map[string]string{"none": "folder none holds no pictures, expected files whose names end in .bmp", "*.tif": "no file fits this pattern"} {
		if _, err := (&App{Err: &bytes.Buffer{}}).Pictures([]string{arg}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestOutputs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ in, want string }{
		{"a.png b.jpg", "out/a.png out/b.png"},
		{"a.png a.jpg", "out/a.png.png out/a.jpg.png"},
		{"x/a.png y/a.png", "out/x-a.png.png out/y-a.png.png"},
		{"x/a.png x/a.png a-2.png", "out/x-a.png.png out/x-a.png-2.png out/a-2.png"},
		{"A.png a.png", "out/.-A.png.png out/.-a.png-2.png"},
		{"-", "out/stdin.png"},
	} {
		got, err := Outputs("out", strings.Fields(c.in), ".png")
		for i := range got {
			got[i] = filepath.ToSlash(got[i])
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q (%v), want %s", c.in, got, err, c.want)
		}
		lower := strings.Fields(strings.ToLower(strings.Join(got, " ")))
		if slices.Sort(lower); len(slices.Compact(lower)) != len(got) {
			t.Errorf("%s: two inputs have one output: %q", c.in, got)
		}
	}
	if err := os.WriteFile("a.png", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Outputs("", []string{"a.png"}, ".png"); err == nil || !strings.Contains(err.Error(), "a.png would be written over") {
		t.Errorf("an input as output: %v", err)
	}
}

func TestOfExample(t *testing.T) {
	for _, c := range []struct{ command, example, want string }{
		{"predict %s --text 'a warm film'", "đi chợ mua cá", "predict %s --text 'đi chợ mua cá'"},
		{"predict %s --text 'a warm film'", "", "predict %s --text 'a warm film'"},
		{"eval %s --plot", "đi chợ mua cá", "eval %s --plot"},
	} {
		if got := ofExample(c.command, c.example); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.command, c.example, got, c.want)
		}
	}
	if got := ShortText(slices.Values([]string{"one", "it's three words", "đi chợ mua cá"})); got != "đi chợ mua cá" {
		t.Errorf("short text %q", got)
	}
}
