package datasets

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"
)

func TestPick(t *testing.T) {
	set, err := NewInMemory([]int{2}, []string{"a", "b"}, []float32{1, 2, 3, 4, 5, 6}, []int{0, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Pick(set, []int{2, 0})
	if err != nil || b.N != 2 || b.X[0] != 5 || b.X[3] != 2 || b.Y[0] != 1 || b.Index[0] != 2 || b.Classes[1] != "b" {
		t.Errorf("%+v, %v", b, err)
	}
	if got, want := b.String(), "batch of 2 examples of shape [2]"; got != want || b.HTML() != "" {
		t.Errorf("%q, %q; expected %q and no picture", got, b.HTML(), want)
	}
	if b, err = First(set, 10); err != nil || b.N != 3 {
		t.Errorf("first 10 of 3: %d, %v", b.N, err)
	}
	if _, err = Pick(set, []int{3}); !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), "pick example 3 of a set of 3") {
		t.Errorf("example 3 of 3: %v", err)
	}
}

// TestBatch_HTML reads the pictures back from the table.
func TestBatch_HTML(t *testing.T) {
	x := make([]float32, 3*2*4)
	x[0], x[1], x[8], x[16] = 1, 0.5, 0.2, 2 // the third picture goes beyond 1 when it is there
	for _, c := range []struct {
		n            int
		first, right uint32 // levels of the first two pixels
	}{{2, 255, 128}, {3, 128, 64}} {
		b := Batch{N: c.n, X: x[:c.n*8], Y: []int{0, 1, 7}[:c.n], Shape: []int{1, 2, 4}, Classes: []string{"a<b", "c"}}
		text := b.HTML()
		var pictures []string
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "img" {
				pictures = append(pictures, e.Attr[0].Value)
			}
		}
		if len(pictures) != c.n || !strings.Contains(text, "a&lt;b") || c.n == 3 && !strings.Contains(text, ">7<") {
			t.Fatalf("%d pictures of %d in\n%s", len(pictures), c.n, text)
		}
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(pictures[0], "data:image/png;base64,"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil || img.Bounds().Dx() != 4 || img.Bounds().Dy() != 2 {
			t.Fatalf("picture %v, %v", img, err)
		}
		if a, _, _, _ := img.At(0, 0).RGBA(); a>>8 != c.first {
			t.Errorf("of %d: the first pixel is %d, expected %d", c.n, a>>8, c.first)
		}
		if a, _, _, _ := img.At(1, 0).RGBA(); a>>8 != c.right {
			t.Errorf("of %d: the next pixel is %d, expected %d", c.n, a>>8, c.right)
		}
	}
	many := Batch{N: 120, X: make([]float32, 120), Y: make([]int, 120), Shape: []int{1, 1, 1}}
	if text := many.HTML(); strings.Count(text, "<img") != 100 || !strings.Contains(text, "the first 100 of 120") {
		t.Errorf("of 120 pictures %d are shown", strings.Count(text, "<img"))
	}
}
