package plot

import (
	"image"
	"image/draw"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// scripts are names that the font of charts lacks, no two of which may look the same.
func scripts() []string {
	return []string{
		"猫", "犬", "小鳥", "小鸟", "车", "車", "고양이", "개", "แมว", "หมา", "बिल्ली", "कुत्ता", "பூனை", "قطة", "كلب",
		"חתול", "כלב", "კატა", "կատու", "ድመት", "😀", "😁", "bướm", "кошка", "",
	}
}

func pixels(t interface{ Fatal(...any) }, m image.Image, err error) string {
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(m.Bounds())
	draw.Draw(out, out.Bounds(), m, m.Bounds().Min, draw.Src)
	return string(out.Pix)
}

// Every kind of picture with names differs where one name is another one.
func TestNames_differ(t *testing.T) {
	mustPixels := func(draw func(name string) (image.Image, error)) {
		seen := map[string]string{}
		for _, name := range scripts() {
			m, err := draw(name)
			key := pixels(t, m, err)
			if other, ok := seen[key]; ok {
				t.Errorf("%q looks like %q", name, other)
			}
			seen[key] = name
		}
	}
	t.Run("confusion", func(*testing.T) {
		mustPixels(func(name string) (image.Image, error) {
			return ConfusionMatrix("", []int{3, 1, 0, 4}, []string{name, "b"})
		})
	})
	t.Run("boxes", func(*testing.T) {
		mustPixels(func(name string) (image.Image, error) {
			return Boxes(make([]float32, 100), [3]int{1, 10, 10}, []Mark{{X1: 2, Y1: 3, X2: 8, Y2: 8, Label: name}}, nil)
		})
	})
	t.Run("legend", func(*testing.T) {
		mustPixels(func(name string) (image.Image, error) {
			line := Series{Name: name, X: []float64{0, 1}, Y: []float64{0, 1}}
			return ROC("", []Series{line, {Name: "b", X: []float64{0, 1}, Y: []float64{0, 0.5}}})
		})
	})
	t.Run("title", func(*testing.T) {
		mustPixels(func(name string) (image.Image, error) {
			return ROC(name, []Series{{X: []float64{0, 1}, Y: []float64{0, 1}}})
		})
	})
	t.Run("map", func(*testing.T) {
		mustPixels(func(name string) (image.Image, error) {
			return Scatter("", []Point{{X: 0, Y: 0, Label: name}, {X: 1, Y: 1}})
		})
	})
}

// Any two names of one character differ.
func TestNames_anyTwoDiffer(t *testing.T) {
	fonts := faces{}
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]rune{}
		for _, r := range []rune{rapid.Rune().Draw(t, "a"), rapid.Rune().Draw(t, "b")} {
			face, err := fonts.face(20)
			if err != nil {
				t.Fatal(err)
			}
			if face.(*fallbackFace).has(r) { // the font's own signs may be alike, as Latin and Greek A
				continue
			}
			m, _, err := fonts.picture(string(r), 20, ink())
			key := pixels(t, m, err)
			if other, ok := seen[key]; ok && other != r && visible(string(r)) != visible(string(other)) {
				t.Fatalf("%q looks like %q", r, other)
			}
			seen[key] = r
		}
	})
}

func TestConfusionMatrix_longNamesDiffer(t *testing.T) {
	long := strings.Repeat("a class with a long name ", 4)
	c := faces{}
	got, err := c.apart([]string{long + "1", long + "2", "short"}, 20, mostName)
	if err != nil {
		t.Fatal(err)
	}
	if got[0] == got[1] || got[2] != "short" {
		t.Errorf("names are cut to %q", got)
	}
}
