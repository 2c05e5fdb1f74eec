package plot

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

func mapPoints() []Point {
	return []Point{{0, 0, "cat", 1}, {1, 0, "dog", 1}, {0, 1, "<b>&", 2}, {0.001, 0, "hidden", 0}, {-1, -1, "", 0}}
}

func TestScatter(t *testing.T) {
	img, err := Scatter("words", mapPoints())
	if err != nil {
		t.Fatal(err)
	}
	all, err := place(mapPoints(), faces{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range all {
		r, g, b, _ := img.At(int(p.x+0.5), int(p.y+0.5)).RGBA()
		c := groupColor(mapPoints()[i].Group)
		if i != 0 && (uint8(r>>8) != c.R || uint8(g>>8) != c.G || uint8(b>>8) != c.B) { // the fourth lies on the first
			t.Errorf("point %d: pixel %d, %d, %d, want %v", i, r>>8, g>>8, b>>8, c)
		}
	}
	if right, below := all[0].label, all[3].label; right.Min.X < int(all[0].x) || below.Min.X > int(all[3].x) || right.Overlaps(below) {
		t.Errorf("labels %v, %v: want the first one's at the right, the other's elsewhere", right, below)
	}
	if !all[4].label.Empty() {
		t.Errorf("label %v of a point without", all[4].label)
	}
	if all[1].x-all[0].x != all[0].y-all[2].y {
		t.Error("the axes have different scales")
	}
}

// A label never overlaps another, however close the points.
func TestScatter_labelsApart(t *testing.T) {
	var points []Point
	for i := range 400 {
		points = append(points, Point{X: math.Sin(float64(i * i)), Y: math.Cos(float64(7 * i)), Label: "word"})
	}
	all, err := place(points, faces{})
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for i, p := range all {
		if p.label.Empty() {
			continue
		}
		drawn++
		for j, o := range all[:i] {
			if p.label.Overlaps(o.label) {
				t.Errorf("labels %d, %d overlap", i, j)
			}
		}
	}
	if drawn < 50 {
		t.Errorf("%d labels are drawn, want at least 50 of 400", drawn)
	}
}

func TestWriteScatterSVG(t *testing.T) {
	var b bytes.Buffer
	if err := WriteScatterSVG(&b, "words & \x01more", mapPoints()); err != nil {
		t.Fatal(err)
	}
	circles := 0
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := token.(xml.StartElement); ok && s.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 5 {
		t.Errorf("%d circles, want 5", circles)
	}
}

func TestWriteScatterPage(t *testing.T) {
	var b bytes.Buffer
	if err := WriteScatterPage(&b, "words", append(mapPoints(), Point{Label: "</script>"})); err != nil {
		t.Fatal(err)
	}
	s := b.String()
	if strings.Count(s, "</script>") != 1 || !strings.Contains(s, `"l":"cat"`) || strings.Contains(s, "http") || strings.Contains(s, "%!") {
		t.Errorf("the page is broken: %.300s", s)
	}
}

func TestScatter_refuses(t *testing.T) {
	for name, points := range map[string][]Point{"expected at least one": nil, "expected finite numbers": {{X: math.NaN()}}} {
		_, err := Scatter("", points)
		for _, err := range []error{err, WriteScatterSVG(io.Discard, "", points), WriteScatterPage(io.Discard, "", points)} {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want %q", err, name)
			}
		}
	}
	if _, err := Scatter("", []Point{{1, 1, "a", 0}}); err != nil { // one place
		t.Error(err)
	}
}
