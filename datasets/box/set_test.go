package box

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/image"
)

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func vocOf(class string) string {
	return "<annotation><size><width>4</width><height>2</height></size><object><name>" + class +
		"</name><bndbox><xmin>1</xmin><ymin>0</ymin><xmax>3</xmax><ymax>1</ymax></bndbox></object></annotation>"
}

const picture4x2 = "P5 4 2 255\n\x00\x20\x40\x60\x80\xa0\xc0\xe0"

func TestOpenVOC(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"ImageSets/Main/train.txt": "a\nb 1\nbad\nnopicture\nnoxml\n../../etc\n\n",
		"Annotations/a.xml":        vocOf("cat"), "Annotations/b.xml": vocOf("dog"), "Annotations/bad.xml": "<annotation>",
		"Annotations/nopicture.xml": vocOf("cat"), "Annotations/other.xml": vocOf("emu"),
		"JPEGImages/a.ppm": picture4x2, "JPEGImages/b.ppm": picture4x2, "JPEGImages/bad.ppm": picture4x2, "JPEGImages/other.ppm": picture4x2,
	})
	s, err := OpenVOC(root, "train", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Items) != 2 || strings.Join(s.Classes, " ") != "cat dog emu" || len(s.Problems) != 4 {
		t.Fatalf("items %v, classes %v, problems %v", s.Items, s.Classes, s.Problems)
	}
	for i, says := range []string{"bad.xml", "no picture nopicture", "noxml.xml: no such file", "leads out of the folder"} {
		if !strings.Contains(s.Problems[i].String(), says) {
			t.Errorf("problem %d: %v, want %q", i, s.Problems[i], says)
		}
	}
	s, err = OpenVOC(root, "", []string{"dog"})
	if err != nil || len(s.Items) != 3 || len(s.Items[0].Objects) != 0 {
		t.Errorf("a part of the classes: %+v, %v", s, err)
	}
	for part, says := range map[string]string{"none": "none.txt: no such file", "empty": "names no picture", "lost": "none of its pictures can be used"} {
		for name, text := range map[string]string{"empty": "\n", "lost": "x\n"} {
			if err := os.WriteFile(filepath.Join(root, "ImageSets", "Main", name+".txt"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := OpenVOC(root, part, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", part, err, says)
		}
	}
}

func TestOpenCOCO(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"c.json": strings.Replace(cocoText, `"file_name": "a.jpg"`, `"file_name": "../a.jpg"`, 1), "images/b.jpg": picture4x2,
	})
	s, err := OpenCOCO(filepath.Join(root, "c.json"), filepath.Join(root, "images"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Items) != 1 || s.Items[0].Image != filepath.Join(root, "images", "b.jpg") {
		t.Errorf("items %+v", s.Items)
	}
	if last := s.Problems[len(s.Problems)-1]; !strings.Contains(last.Reason, "leads out of the folder") {
		t.Errorf("problem %v", last)
	}
	if _, err := OpenCOCO(filepath.Join(root, "none.json"), root); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestOpenYOLO(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"images/a.pgm": picture4x2, "images/b.pgm": picture4x2, "images/c.jpg": "no picture", "images/d.pgm": picture4x2,
		"labels/a.txt": "0 0.5 0.5 0.5 1\n9 0 0 1 1\n", "labels/d.txt": "\x00",
	})
	images, labels := filepath.Join(root, "images"), filepath.Join(root, "labels")
	s, err := OpenYOLO(images, labels, []string{"cat"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Annotation{
		{Image: filepath.Join(images, "a.pgm"), Width: 4, Height: 2, Objects: []Object{{Class: "cat", Box: Box{1, 0, 3, 2}}}, Lost: 1},
		{Image: filepath.Join(images, "b.pgm"), Width: 4, Height: 2},
	}
	if diff := cmp.Diff(want, s.Items); diff != "" {
		t.Error(diff)
	}
	for i, says := range []string{`a.txt: line 2: class "9"`, "c.jpg: not a PNG", "d.txt: holds a zero byte"} {
		if i >= len(s.Problems) || !strings.Contains(s.Problems[i].String(), says) {
			t.Fatalf("problems %v, want %q", s.Problems, says)
		}
	}
	if _, err := OpenYOLO(labels, labels, nil); err == nil || !strings.Contains(err.Error(), "found no annotated picture") {
		t.Errorf("got %v", err)
	}
	if _, err := OpenYOLO(root+"x", labels, nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestExamples(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"Annotations/a.xml": vocOf("cat"), "JPEGImages/a.ppm": picture4x2,
		"Annotations/b.xml": strings.Replace(vocOf("dog"), "<width>4</width>", "", 1), "JPEGImages/b.ppm": picture4x2,
	})
	s, err := OpenVOC(root, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, cache := range []int64{0, 1 << 20} {
		examples, err := NewExamples(s, 2, 4, cache, image.Options{Channels: 1})
		if err != nil {
			t.Fatal(err)
		}
		var e Pictures = examples
		x := make([]float32, 8)
		for i := range 2 { // b.xml tells no size: the picture does
			label, err := e.At(i, x)
			if err != nil || label != i || x[7] != 0xe0/float32(255) {
				t.Errorf("picture %d: %v, label %d, %v", i, x, label, err)
			}
			objects, err := e.Objects(i)
			if err != nil {
				t.Fatal(err)
			}
			want := []Object{{Class: e.Classes()[i], Box: Box{0.25, 0, 0.75, 0.5}}}
			if diff := cmp.Diff(want, objects); diff != "" {
				t.Errorf("picture %d: %s", i, diff)
			}
		}
		if _, err := e.At(2, x); err == nil || !strings.Contains(err.Error(), "picture 2 of 2") {
			t.Errorf("got %v", err)
		}
		if _, err := e.At(0, x[:3]); err == nil || !strings.Contains(err.Error(), "expected 8") {
			t.Errorf("got %v", err)
		}
		if _, err := e.Objects(-1); err == nil || !strings.Contains(err.Error(), "picture -1 of 2") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := NewExamples(s, 0, 4, 0, image.Options{}); err == nil || !strings.Contains(err.Error(), "size 0×4") {
		t.Errorf("got %v", err)
	}
}

func TestTransforms(t *testing.T) {
	in := []Object{{Class: "a", Box: Box{1, 2, 3, 6}}}
	for _, tc := range []struct {
		name string
		got  []Object
		want []Object
	}{
		{"flip columns", FlipHorizontal(in, 10), []Object{{Class: "a", Box: Box{7, 2, 9, 6}}}},
		{"flip rows", FlipVertical(in, 10), []Object{{Class: "a", Box: Box{1, 4, 3, 8}}}},
		{"resize", Resize(in, 2, 0.5), []Object{{Class: "a", Box: Box{2, 1, 6, 3}}}},
		{"crop around", Crop(in, Box{1, 1, 9, 9}, 1), []Object{{Class: "a", Box: Box{0, 1, 2, 5}}}},
		{"crop through", Crop(in, Box{2, 0, 9, 9}, 0.5), []Object{{Class: "a", Box: Box{0, 2, 1, 6}, Truncated: true}}},
		{"crop leaves too little", Crop(in, Box{2, 0, 9, 9}, 0.51), nil},
		{"crop beside", Crop(in, Box{3, 0, 9, 9}, 0), nil},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
	if in[0].Box != (Box{1, 2, 3, 6}) {
		t.Error("the input was changed")
	}
}

// The bright rectangle of a picture stays inside its box, whatever Augmentation does.
func TestAugmentation_boxesFollowThePicture(t *testing.T) {
	const side = 40
	truth := Box{0.25, 0.4, 0.5, 0.7}
	a := Augmentation{Seed: 3, FlipX: 0.5, FlipY: 0.5, Scale: 0.25, Shift: 0.1}
	moved := 0
	for index := range 50 {
		x := augment.NewImage[float32](1, side, side)
		for r := int(truth.Y1 * side); r < int(truth.Y2*side); r++ {
			for c := int(truth.X1 * side); c < int(truth.X2*side); c++ {
				x.Pix[r*side+c] = 1
			}
		}
		objects, err := a.Apply(x, []Object{{Class: "a", Box: truth}}, 1, index)
		if err != nil || len(objects) != 1 {
			t.Fatalf("picture %d: %v, %v", index, objects, err)
		}
		seen := Box{side, side, 0, 0}
		for i, v := range x.Pix {
			if v > 0.5 {
				c, r := float64(i%side), float64(i/side)
				seen = Box{min(seen.X1, c), min(seen.Y1, r), max(seen.X2, c+1), max(seen.Y2, r+1)}
			}
		}
		got := objects[0].Box.Scale(side, side)
		if !nearBox(got, seen, 1) { // half a pixel each side from rounding to pixels
			t.Errorf("picture %d: box %v, pixels %v", index, got, seen)
		}
		if !nearBox(objects[0].Box, truth, 0.01) {
			moved++
		}
	}
	if moved < 40 {
		t.Errorf("only %d of 50 pictures were moved", moved)
	}
	for _, bad := range []Augmentation{{FlipX: 2}, {Scale: -1}, {Shift: -0.1}} {
		if _, err := bad.Apply(augment.NewImage[float32](1, 2, 2), nil, 0, 0); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	_, err := Augmentation{}.Apply(augment.Image[float32]{C: 1, H: 1, W: 1}, nil, 0, 0)
	if err == nil || !strings.Contains(err.Error(), "do not fill") {
		t.Errorf("got %v", err)
	}
}

// The counts are those of the data's description: 72 + 292 pictures, 4,888 boxes of which two have no area.
func TestOpenVOC_bccd(t *testing.T) {
	dir := filepath.Join(dataRoot(), "detection", "bccd")
	if !isFile(filepath.Join(dir, "ImageSets", "Main", "test.txt")) {
		t.Skip("no BCCD data")
	}
	pictures, boxes, dropped := 0, 0, 0
	for _, part := range []string{"trainval", "test"} {
		s, err := OpenVOC(dir, part, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Platelets", "RBC", "WBC"}, s.Classes); diff != "" {
			t.Error(diff)
		}
		pictures += len(s.Items)
		for _, a := range s.Items {
			boxes += len(a.Objects)
		}
		for _, p := range s.Problems {
			if strings.HasSuffix(p.Reason, "dropped") {
				dropped++
			} else {
				t.Log(p)
			}
		}
	}
	if diff := cmp.Diff([]int{364, 4886, 2}, []int{pictures, boxes, dropped}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("pictures, boxes, dropped: %s", diff)
	}
}

func dataRoot() string {
	if dir := os.Getenv("HOCSAU_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "data")
}
