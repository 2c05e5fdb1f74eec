package box

import (
	"bytes"
	"encoding/binary"
	"fmt"
	stdimage "image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/datasets/image"
)

// turnedJPEG is a picture of 64×48 stored pixels, white with a red block, and an EXIF orientation.
func turnedJPEG(t *testing.T, o uint16, width, height int, block stdimage.Rectangle) string {
	t.Helper()
	m := stdimage.NewRGBA(stdimage.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, color.White)
			if (stdimage.Point{X: x, Y: y}).In(block) {
				m.Set(x, y, color.RGBA{R: 220, A: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint16(tiff[18:], o)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte("\xff\xd8\xff\xe1"), 0, byte(len(segment)+2))
	return string(append(append(out, segment...), b.Bytes()[2:]...))
}

// redBox finds the red block of a picture, in shares.
func redBox(t *testing.T, path string) Box {
	t.Helper()
	p, err := image.Read(path, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, n := Box{X1: math.Inf(1), Y1: math.Inf(1)}, p.Height*p.Width
	for i := range n {
		if p.Pix[i] > 0.6 && p.Pix[n+i] < 0.4 {
			x, y := float64(i%p.Width), float64(i/p.Width)
			b = Box{X1: min(b.X1, x), Y1: min(b.Y1, y), X2: max(b.X2, x+1), Y2: max(b.Y2, y+1)}
		}
	}
	return b.Scale(1/float64(p.Width), 1/float64(p.Height))
}

// Boxes lie on the block that they were drawn on, in whichever frame, at whichever size the annotation speaks.
func TestSet_boxesTurnWithPictures(t *testing.T) {
	block := stdimage.Rect(8, 4, 24, 40)
	for _, c := range []struct {
		name          string
		o             uint16
		width, height int // stated
		seen          bool
		says          string
	}{
		{"as stored", 1, 64, 48, false, ""}, {"transposed", 5, 64, 48, false, ""}, {"right", 6, 64, 48, false, ""},
		{"transversed", 7, 64, 48, false, ""}, {"left", 8, 64, 48, false, ""}, {"drawn as seen", 6, 48, 64, true, ""},
		{"drawn on a smaller copy", 8, 32, 24, false, ""}, {"drawn on a larger copy as seen", 5, 96, 128, true, ""},
		{"mirrored", 2, 64, 48, true, "EXIF turns 1 picture (here orientation 2)"},
		{"no size", 6, 0, 0, true, "EXIF turns 1 picture (here orientation 6)"},
		{"of another picture", 1, 50, 50, false, "speaks of 50×50, the picture has 64×48"},
	} {
		root := writeFiles(t, map[string]string{"p.jpg": turnedJPEG(t, c.o, 64, 48, block)})
		path := filepath.Join(root, "p.jpg")
		truth := redBox(t, path)
		b := Box{8, 4, 24, 40}
		switch {
		case c.seen && c.width == 0: // the sides of the seen picture
			b = truth.Scale(48, 64)
		case c.seen:
			b = truth.Scale(float64(c.width), float64(c.height))
		case c.width > 0:
			b = b.Scale(float64(c.width)/64, float64(c.height)/48)
		}
		s := &Set{Classes: []string{"red"}, Items: []Annotation{{Image: path, Width: c.width, Height: c.height, Objects: []Object{{Class: "red", Box: b}}}}}
		s.stand()
		e, err := NewExamples(s, 32, 32, 0, image.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Objects(0)
		if err != nil || len(got) != 1 || !nearBox(got[0].Box, truth, 0.04) { // JPEG blurs a pixel of 48
			t.Errorf("%s: box %v, %v, the block is at %v", c.name, got, err, truth)
		}
		if said := fmt.Sprint(s.Problems); c.says == "" && len(s.Problems) > 0 || !strings.Contains(said, c.says) {
			t.Errorf("%s: says %s, want %q", c.name, said, c.says)
		}
	}
	square := writeFiles(t, map[string]string{"p.jpg": turnedJPEG(t, 6, 48, 48, block)})
	s := &Set{Items: []Annotation{{Image: filepath.Join(square, "p.jpg"), Width: 48, Height: 48}}}
	if s.stand(); len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Reason, "does not tell") {
		t.Errorf("a square picture: %v", s.Problems)
	}
}

func utf16LE(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func TestDecodeCOCO_forms(t *testing.T) {
	const plain = `{"images":[{"id":1,"file_name":"a.jpg","width":20,"height":10}],"categories":[{"id":7,"name":"cat"}],
"annotations":[{"id":1,"image_id":1,"category_id":7,"bbox":[1,2,3,4],"area":12,"iscrowd":0}]}`
	want := []Object{{Class: "cat", Box: Box{1, 2, 4, 6}}}
	swap := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(plain) }
	for _, c := range []struct {
		name, text string
		objects    []Object
		says       string // "" for no problem
	}{
		{"plain", plain, want, ""},
		{"byte order mark", "\xef\xbb\xbf" + plain, want, ""},
		{"UTF-16", utf16LE(plain), want, ""},
		{"ids as text", swap(`"id":7`, `"id":"7"`, `"image_id":1`, `"image_id":"1"`), want, ""},
		{"ids that are words", swap(`"id":7`, `"id":"x"`, `"category_id":7`, `"category_id":"x"`), want, ""},
		{"numbers with points", swap(`"width":20`, `"width":20.0`, `"id":7`, `"id":7.0`), want, ""},
		{"numbers as text", swap(`[1,2,3,4]`, `["1","2","3","4"]`, `"width":20`, `"width":"20"`), want, ""},
		{"no crowd", swap(`"iscrowd":0`, `"iscrowd":false`), want, ""},
		{"null crowd", swap(`"iscrowd":0`, `"iscrowd":null`), want, ""},
		{"a crowd", swap(`"iscrowd":0`, `"iscrowd":true`), []Object{{Class: "cat", Box: Box{1, 2, 4, 6}, Crowd: true}}, ""},
		{"area of the outline", swap(`"area":12`, `"area":9.5`), []Object{{Class: "cat", Box: Box{1, 2, 4, 6}, Area: 9.5}}, ""},
		{"area not a number", swap(`"area":12`, `"area":NaN`), want, ""},
		{"name of another form", swap(`"cat"`, `" cafe\u0301 "`), []Object{{Class: "café", Box: Box{1, 2, 4, 6}}}, ""},
		{"size unknown", swap(`"width":20`, `"width":null`), want, ""},
		{"infinite box", swap(`[1,2,3,4]`, `[1,2,-Infinity,4]`), nil, "annotation 0 (id 1): bbox is [1,2,-Infinity,4], expected 4 finite numbers; dropped"},
		{"words in a box", swap(`[1,2,3,4]`, `["a",2,3,4]`), nil, `bbox is ["a",2,3,4], expected 4 finite numbers`},
		{"text for a box", swap(`[1,2,3,4]`, `"1 2 3 4"`), nil, `bbox is "1 2 3 4", expected a list of 4 numbers`},
		{"no box", swap(`"bbox":[1,2,3,4],`, ``), nil, "no bbox; dropped"},
		{"no picture", swap(`"image_id":1,`, ``), nil, "image (none) is not in the file"},
		{"an object that is none", swap(`"annotations":[`, `"annotations":["NaN in a text is text",`), want, `annotation 0 of the list: found "NaN in a text is text", expected {…}`},
	} {
		s, err := DecodeCOCO([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.objects, s.Items[0].Objects); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if said := fmt.Sprint(s.Problems); c.says == "" && len(s.Problems) > 0 || !strings.Contains(said, c.says) {
			t.Errorf("%s: says %s, want %q", c.name, said, c.says)
		}
	}
	for name, c := range map[string][2]string{
		"cut":           {plain[:100], "unexpected"},
		"a list":        {"[]", "found no { at its beginning"},
		"two values":    {plain + plain, "more than one value"},
		"list is text":  {swap(`"annotations":[`, `"annotations":"x","other":[`), "annotation list: found x, expected ["},
		"another bytes": {swap(`"cat"`, "\"caf\xe9\""), "is not UTF-8"},
	} {
		if _, err := DecodeCOCO([]byte(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) || strings.Contains(err.Error(), "box.coco") {
			t.Errorf("%s: got %v, want %q", name, err, c[1])
		}
	}
}

// A heading of other categories, as Roboflow writes it, is no class; a class without objects stays one.
func TestDecodeCOCO_headings(t *testing.T) {
	s, err := DecodeCOCO([]byte(`{"images":[{"id":0,"file_name":"a.jpg"}],"categories":[{"id":0,"name":"fruit","supercategory":"none"},
{"id":1,"name":"apple","supercategory":"fruit"},{"id":2,"name":"pear","supercategory":"fruit"}],"annotations":[{"id":0,"image_id":0,"category_id":1,"bbox":[0,0,1,1]}]}`))
	if err != nil || !slices.Equal(s.Classes, []string{"apple", "pear"}) {
		t.Errorf("classes %v, %v", s, err)
	}
}

func TestOpenCOCO_namesOfPictures(t *testing.T) {
	file := `{"images":[{"id":1,"file_name":"images\\a.jpg"},{"id":2,"file_name":"/home/me/b.JPG"},{"id":3,"file_name":"x/b.jpg"},{"id":4,"file_name":"c.jpg"}],
"categories":[{"id":1,"name":"x"}],"annotations":[]}`
	root := writeFiles(t, map[string]string{"c.json": file, "images/a.jpg": picture4x2, "images/b.jpg": picture4x2, "images/c.jpg": "no picture"})
	s, err := OpenCOCO(filepath.Join(root, "c.json"), filepath.Join(root, "images"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Items) != 2 || filepath.Base(s.Items[0].Image) != "a.jpg" || filepath.Base(s.Items[1].Image) != "b.jpg" {
		t.Errorf("items %v", s.Items)
	}
	for _, says := range []string{"picture x/b.jpg is the file of /home/me/b.JPG, too; dropped", "c.jpg: not a PNG"} {
		if !strings.Contains(fmt.Sprint(s.Problems), says) {
			t.Errorf("problems %v, want %q", s.Problems, says)
		}
	}
}

func TestDecodeVOC_encodings(t *testing.T) {
	voc := func(encoding, class string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?>` + vocOf(class)
	}
	for _, c := range []struct{ name, text, class, says string }{
		{"UTF-8 with a mark", "\xef\xbb\xbf" + voc("UTF-8", "đèn"), "đèn", ""},
		{"UTF-8 with Python's name", voc("utf-8-sig", "đèn"), "đèn", ""},
		{"none declared", vocOf("đèn giao thông"), "đèn giao thông", ""},
		{"Latin-1", voc("ISO-8859-1", "ros\xe9"), "rosé", ""},
		{"Cyrillic", voc("windows-1251", "\xea\xee\xf2"), "кот", ""},
		{"Japanese", voc("Shift_JIS", "\x94\x4c"), "猫", ""},
		{"Chinese", voc("gbk", "\xba\xec\xc9\xab"), "红色", ""},
		{"UTF-16 with a mark", utf16LE(voc("UTF-16", "đỏ")), "đỏ", ""},
		{"UTF-16 without", utf16LE(voc("utf-16", "đỏ"))[2:], "đỏ", ""},
		{"UTF-16 undeclared", utf16LE(vocOf("đỏ")), "đỏ", ""},
		{"decomposed", vocOf("cafe\u0301"), "café", ""},
		{"not what it says", voc("utf-16", "x"), "", "declares the encoding utf-16 but is written in single bytes"},
		{"unknown", voc("martian", "x"), "", "declares the encoding martian, which is not known"},
		{"undeclared Latin-1", vocOf("ros\xe9"), "", "invalid UTF-8"},
	} {
		a, _, err := DecodeVOC([]byte(c.text))
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: got %v, want %q", c.name, err, c.says)
			}
			continue
		}
		if err != nil || len(a.Objects) != 1 || a.Objects[0].Class != c.class {
			t.Errorf("%s: %v, %v; want class %q", c.name, a.Objects, err, c.class)
		}
	}
}

func TestOpenVOC_lostAndNames(t *testing.T) {
	bad := strings.Replace(vocOf("cat"), "<xmin>1<", "<xmin>x<", 1)
	root := writeFiles(t, map[string]string{
		"ImageSets/Main/train.txt": "my cat  1\nB.jpg\nlost\nB\n",
		"Annotations/my cat.xml":   vocOf("cat"), "Annotations/B.XML": vocOf("dog"), "Annotations/lost.xml": bad, "Annotations/B.xml": vocOf("dog"),
		"JPEGImages/my cat.JPG": picture4x2, "JPEGImages/B.Jpeg": picture4x2, "JPEGImages/lost.jpg": picture4x2,
	})
	s, err := OpenVOC(root, "train", nil)
	if err != nil || len(s.Items) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, says := range []string{"lost.xml: none of its 1 object can be used; picture dropped", "named twice"} {
		if !strings.Contains(fmt.Sprint(s.Problems), says) {
			t.Errorf("problems %v, want %q", s.Problems, says)
		}
	}
}

func TestDecodeYOLO_forms(t *testing.T) {
	whole := []Object{{Class: "a", Box: Box{1, 0, 3, 2}}}
	for _, c := range []struct {
		name, text string
		objects    []Object
		says       string
	}{
		{"plain", "0 0.5 0.5 0.5 1\n", whole, ""},
		{"byte order mark", "\xef\xbb\xbf0 0.5 0.5 0.5 1\n", whole, ""},
		{"UTF-16", utf16LE("0 0.5 0.5 0.5 1\n"), whole, ""},
		{"class with a point", "0.0 0.5 0.5 0.5 1.0", whole, ""},
		{"class with an exponent", "0e+00 5e-1 5e-1 5e-1 1e+00", whole, ""},
		{"tabs, carriage returns", "0\t0.5\t0.5\t0.5\t1\r\r\n", whole, ""},
		{"a triangle", "0 0.25 0 0.75 0.5 0.5 1", whole, ""},
		{"four points", "0 0.25 0 0.75 0 0.75 1 0.25 1", whole, ""},
		{"with a score", "0 0.5 0.5 0.5 1 0.93", whole, "the last, 0.93, is taken for a score"},
		{"half a class", "0.5 0.5 0.5 0.5 1", nil, `class "0.5", expected 0 to 1`},
		{"commas", "0, 0.5, 0.5, 0.5, 1", nil, `class "0,", expected 0 to 1`},
		{"pixels", "0 20 25 20 30", nil, "found 20, expected shares of the picture, 0 to 1: are these pixels?"},
		{"points in pixels", "0 2 3 20 3 20 9", nil, "are these pixels?"},
		{"six that end in no score", "0 0.5 0.5 0.5 1 7", nil, "6 fields"},
		{"eight", "0 0.5 0.5 0.5 1 0 0 0", nil, "8 fields"},
		{"not a number", "0 0.5 nan 0.5 1", nil, `found "nan", expected a number`},
		{"a score", "0 0.5", nil, "2 fields, expected 5"},
	} {
		a, problems, err := DecodeYOLO([]byte(c.text), 4, 2, []string{"a", "b"})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.objects, a.Objects); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if said := fmt.Sprint(problems); c.says == "" && len(problems) > 0 || !strings.Contains(said, c.says) {
			t.Errorf("%s: says %s, want %q", c.name, said, c.says)
		}
		if wantLost := map[bool]int{true: 0, false: 1}[c.objects != nil]; a.Lost != wantLost {
			t.Errorf("%s: %d objects lost, want %d", c.name, a.Lost, wantLost)
		}
	}
}

func TestOpenYOLO_doubts(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"images/a.ppm": picture4x2, "images/b.ppm": picture4x2, "images/c.ppm": picture4x2, "images/Thumbs.txt": "x",
		"labels/a.txt": "1 0.5 0.5 0.5 1\n", "labels/b.txt": "2 0.5 0.5 0.5 1\n",
	})
	if err := os.Symlink("nowhere.png", filepath.Join(root, "images", "dead.png")); err != nil {
		t.Skip("no links here")
	}
	images, labels := filepath.Join(root, "images"), filepath.Join(root, "labels")
	s, err := OpenYOLO(images, labels, []string{"x", "y"})
	if err != nil || len(s.Items) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, says := range []string{"are the classes counted from 1?", "none of its 1 object can be used; picture dropped", "1 of 3 pictures has no file of labels", "dead.png: no such file"} {
		if !strings.Contains(fmt.Sprint(s.Problems), says) {
			t.Errorf("problems %v, want %q", s.Problems, says)
		}
	}
	if _, err := OpenYOLO(images, root, []string{"x"}); err == nil || !strings.Contains(err.Error(), "none of 3 pictures has a file of labels, expected") {
		t.Errorf("got %v", err)
	}
}
