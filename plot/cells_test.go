package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestConfusionMatrix_colours(t *testing.T) {
	counts := []int{10, 0, 0, 5, 5, 0, 0, 0, 0} // the last class never occurs
	m := &matrix{counts: counts, names: []string{"a", "b", "c"}, n: 3, totals: []int{10, 10, 0}}
	if _, err := m.draw("title"); err != nil {
		t.Fatal(err)
	}
	// A pixel near the corner of a cell is free of digits.
	at := func(row, col int) color.RGBA {
		return m.RGBAAt(m.origin.X+col*m.cell+3, m.origin.Y+row*m.cell+3)
	}
	rgba := func(c color.NRGBA) color.RGBA { return color.RGBA(c) }
	for _, c := range []struct {
		row, col int
		want     color.RGBA
	}{
		{0, 0, rgba(seriesColor(0))},
		{0, 1, rgba(shade(0, ink()))},
		{1, 0, rgba(shade(math.Sqrt(0.5), seriesColor(1)))},
		{1, 1, rgba(shade(0.5, seriesColor(0)))},
		{2, 2, rgba(shade(0, ink()))},
	} {
		if got := at(c.row, c.col); got != c.want {
			t.Errorf("cell %d, %d is %v, want %v", c.row, c.col, got, c.want)
		}
	}
	if got := percent(0, 0) + percent(1, 1) + percent(99999, 100000); got != "–100%99.9%" {
		t.Errorf("got %s", got)
	}
}

func TestConfusionMatrix_sizes(t *testing.T) {
	for _, n := range []int{1, 2, 10, 20, 41, 100, 400} {
		img, err := ConfusionMatrix("t", make([]int, n*n), nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := img.Bounds().Size(); max(s.X, s.Y) > 2200 {
			t.Errorf("%d classes make %v pixels", n, s)
		}
	}
	long := strings.Repeat("a very long name ", 20)
	if img, err := ConfusionMatrix(long, []int{1, 2, 3, 4}, []string{long, "ấ"}); err != nil || img.Bounds().Dx() > 1700 {
		t.Errorf("long names: %v, %v", img.Bounds(), err)
	}
}

func TestImageGrid_pixels(t *testing.T) {
	nan := float32(math.NaN())
	// Two RGB images of 1 by 2 pixels, channel after channel.
	x := []float32{1, 0, 0, 0.5, 0, 2, -1, nan, 0, 0, 0, 0}
	g, err := newGrid(x, [4]int{2, 3, 1, 2}, GridOpts{Scale: 3, Columns: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.draw(); err != nil {
		t.Fatal(err)
	}
	at := func(image, col int) color.RGBA {
		offset := (g.Bounds().Dx() - g.Columns*g.cellW) / 2
		return g.RGBAAt(offset+image*g.cellW+(g.cellW-6)/2+3*col+1, border+1)
	}
	for _, c := range []struct {
		image, col int
		want       color.RGBA
	}{
		{0, 0, color.RGBA{255, 0, 0, 255}},
		{0, 1, color.RGBA{0, 128, 255, 255}},
		{1, 0, color.RGBA{0, 0, 0, 255}},
		{1, 1, color.RGBA{255, 0, 0, 255}}, // NaN
	} {
		if got := at(c.image, c.col); got != c.want {
			t.Errorf("image %d, pixel %d: %v, want %v", c.image, c.col, got, c.want)
		}
	}
}

func TestImageGrid_fits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, h, w := rapid.IntRange(1, 12).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "h"), rapid.IntRange(1, 40).Draw(t, "w")
		opts := GridOpts{Title: rapid.SampledFrom([]string{"", "worst", "a rather long title above it all"}).Draw(t, "title")}
		opts.Columns = rapid.IntRange(0, 5).Draw(t, "columns")
		if rapid.Bool().Draw(t, "captions") {
			for i := range n {
				opts.Captions = append(opts.Captions, fmt.Sprintf("%d→9 0.98", i))
			}
		}
		x := make([]float32, n*h*w)
		for i := range x {
			x[i] = 1
		}
		g, err := newGrid(x, [4]int{n, 1, h, w}, opts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			box := image.Rect(0, 0, w*g.Scale, h*g.Scale)
			box = box.Add(image.Pt(border+i%g.Columns*g.cellW, border+g.top+i/g.Columns*g.cellH))
			if !box.In(g.Bounds()) {
				t.Fatalf("image %d at %v is outside %v", i, box, g.Bounds())
			}
		}
	})
}

func TestTerminal_bad(t *testing.T) {
	var b bytes.Buffer
	for name, c := range map[string]struct {
		n     int
		shape [3]int
		opts  TerminalOpts
		want  string
	}{
		"values":   {3, [3]int{1, 2, 2}, TerminalOpts{}, "3 values, expected those of shape [1 2 2]"},
		"overflow": {0, [3]int{1 << 40, 1 << 40, 1}, TerminalOpts{}, "expected those of shape"},
		"captions": {4, [3]int{1, 2, 2}, TerminalOpts{Captions: []string{"a", "b"}}, "2 captions, expected 1"},
		"width":    {4, [3]int{1, 2, 2}, TerminalOpts{Width: -1}, "width -1"},
	} {
		if err := Terminal(&b, make([]float32, c.n), c.shape, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestTerminal_neverWider(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, h, w := rapid.IntRange(1, 12).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "h"), rapid.IntRange(1, 60).Draw(t, "w")
		opts := TerminalOpts{Width: rapid.IntRange(1, 200).Draw(t, "width")}
		for range n {
			opts.Captions = append(opts.Captions, "7 → 1 (0.52)")
		}
		x := make([]float32, n*h*w)
		for i := range x {
			x[i] = 1
		}
		var b bytes.Buffer
		if err := Terminal(&b, x, [3]int{n, h, w}, opts); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if utf8.RuneCountInString(line) > opts.Width {
				t.Fatalf("line of %d characters, width %d: %q", utf8.RuneCountInString(line), opts.Width, line)
			}
		}
	})
}

func TestTerminal_color(t *testing.T) {
	var b bytes.Buffer
	if err := Terminal(&b, []float32{1, 0.5}, [3]int{1, 2, 1}, TerminalOpts{Color: true}); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[38;2;255;255;255m\x1b[48;2;128;128;128m▀\x1b[0m\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
