package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
)

func TestMap(t *testing.T) {
	m := Map{Title: "words", Points: []Point{{X: 1, Y: 2, Label: "mèo"}, {X: 3, Y: 1, Label: "<chó>", Group: 2}}}
	circles := 0
	for d := xml.NewDecoder(strings.NewReader(m.SVG())); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 2 || m.String() != "map of 2 points" {
		t.Errorf("%d circles; %s", circles, m)
	}
	if !strings.Contains(m.SVG(), `width="960" height="720" viewBox="0 0 1600 1200"`) {
		t.Errorf("size: %.200s", m.SVG())
	}
	m.Points[0].X = math.NaN()
	if m.SVG() != "" || !strings.Contains(m.String(), `point 0, "mèo", lies at NaN, 2`) {
		t.Errorf("a point at NaN: %q, %s", m.SVG(), m)
	}
	if m = (Map{}); m.SVG() != "" || m.String() != "map without points" {
		t.Errorf("no points: %q, %s", m.SVG(), m)
	}
}

func TestAttention(t *testing.T) {
	a := Attention{Title: "attention", Alpha: [][]float64{{0.9, 0.1}, {0.2, 0.8}}, Read: []string{"tôi", "học"}, Written: []string{"I", "learn"}}
	img, err := png.Decode(bytes.NewReader(a.PNG()))
	if err != nil || img.Bounds().Dx() < 100 || img.Bounds().Dy() < 100 {
		t.Fatalf("%v, %v", img, err)
	}
	if got, want := a.String(), "attention of 2 words written to 2 read"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
	a.Written = a.Written[:1]
	if a.PNG() != nil || !strings.Contains(a.String(), "2 rows, expected one for each of 1 words") {
		t.Errorf("too few words: %s", a)
	}
}
