package box

import (
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/internal/golden"
	"golang.org/x/text/unicode/norm"
)

// expectedBox is [class, left, top, right, bottom] in shares.
type expectedBox struct {
	class string
	box   Box
}

func (e *expectedBox) UnmarshalJSON(b []byte) error {
	to := []any{&e.class, &e.box.X1, &e.box.Y1, &e.box.X2, &e.box.Y2}
	return json.Unmarshal(b, &to)
}

// checkBoxes compares the boxes of pictures that a case lists, by the end of their paths.
func checkBoxes(t *testing.T, s *Set, want map[string][]expectedBox, tolerance float64) {
	t.Helper()
	e, err := NewExamples(s, 96, 96, 0, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Len() {
		for path, boxes := range want {
			if !strings.HasSuffix(filepath.ToSlash(e.Path(i)), "/"+path) {
				continue
			}
			got, err := e.Objects(i)
			if err != nil || len(got) != len(boxes) {
				t.Errorf("%s: found %v, %v, want %v", path, got, err, boxes)
				continue
			}
			for k, o := range got {
				b := boxes[k].box
				off := math.Max(math.Max(math.Abs(o.Box.X1-b.X1), math.Abs(o.Box.Y1-b.Y1)), math.Max(math.Abs(o.Box.X2-b.X2), math.Abs(o.Box.Y2-b.Y2)))
				if off > tolerance || norm.NFC.String(o.Class) != norm.NFC.String(boxes[k].class) {
					t.Errorf("%s: object %v, want %v", path, o, boxes[k])
				}
			}
			delete(want, path)
		}
	}
	for path := range want {
		t.Errorf("%s is not in the set", path)
	}
}

func only(all map[string][]expectedBox, prefix string) map[string][]expectedBox {
	some := map[string][]expectedBox{}
	for path, boxes := range all {
		if strings.HasPrefix(path, prefix) {
			some[path] = boxes
		}
	}
	return some
}

func TestCase01_exifBoxes(t *testing.T) {
	var want struct {
		Boxes     map[string][]expectedBox
		Tolerance float64
	}
	dir := golden.Everyday(t, "01-exif-boxes", &want)
	s, err := OpenVOC(filepath.Join(dir, "voc"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	checkBoxes(t, s, only(want.Boxes, "voc/"), want.Tolerance)
	if s, err = OpenCOCO(filepath.Join(dir, "coco", "annotations", "instances.json"), filepath.Join(dir, "coco", "images")); err != nil {
		t.Fatal(err)
	}
	checkBoxes(t, s, only(want.Boxes, "coco/"), want.Tolerance)
}

func TestCase07_cocoOtherTypes(t *testing.T) {
	var want struct {
		Objects, Crowds map[string]int
		Boxes           map[string][]expectedBox
		Tolerance       float64
	}
	dir := golden.Everyday(t, "07-coco-other-types", &want)
	for file, n := range want.Objects {
		s, err := OpenCOCO(filepath.Join(dir, file), filepath.Join(dir, "images"))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		objects, crowds := 0, 0
		for _, a := range s.Items {
			objects += len(a.Objects)
			for _, o := range a.Objects {
				if o.Crowd {
					crowds++
				}
			}
		}
		if len(s.Items) != 4 || objects != n || crowds != want.Crowds[file] || len(s.Problems) != 0 {
			t.Errorf("%s: %d pictures, %d objects, %d crowds, problems %v", file, len(s.Items), objects, crowds, s.Problems)
		}
		checkBoxes(t, s, only(want.Boxes, "images/"), want.Tolerance)
	}
}

func TestCase08_cocoOneBadObject(t *testing.T) {
	var want struct {
		Pictures int
		Objects  map[string]any
		Problems map[string]int `json:"problems_at_least"`
	}
	dir := golden.Everyday(t, "08-coco-one-bad-object", &want)
	for file, n := range want.Objects {
		s, err := OpenCOCO(filepath.Join(dir, file), filepath.Join(dir, "images"))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		objects := 0
		for _, a := range s.Items {
			objects += len(a.Objects)
		}
		right := n == float64(objects)
		if r, ok := n.(map[string]any); ok {
			right = float64(objects) >= r["min"].(float64) && float64(objects) <= r["max"].(float64)
		}
		if len(s.Items) != want.Pictures || !right || len(s.Problems) < want.Problems[file] {
			t.Errorf("%s: %d pictures, %d objects, problems %v; want %d, %v", file, len(s.Items), objects, s.Problems, want.Pictures, n)
		}
	}
}

func TestCase09_yoloLabelForms(t *testing.T) {
	var want struct {
		Boxes     map[string][]expectedBox
		Tolerance float64
	}
	dir := golden.Everyday(t, "09-yolo-label-forms", &want)
	s, err := OpenYOLO(filepath.Join(dir, "images"), filepath.Join(dir, "labels"), []string{"red", "other"})
	if err != nil {
		t.Fatal(err)
	}
	checkBoxes(t, s, want.Boxes, want.Tolerance)
}

func TestCase10_yoloLostLabels(t *testing.T) {
	var want struct {
		Kept    []string
		Left    []string `json:"left_out"`
		Objects map[string]int
	}
	dir := golden.Everyday(t, "10-yolo-lost-labels", &want)
	s, err := OpenYOLO(filepath.Join(dir, "images"), filepath.Join(dir, "labels"), []string{"red", "other"})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, a := range s.Items {
		found["images/"+filepath.Base(a.Image)] = len(a.Objects)
	}
	for _, path := range want.Kept {
		if n, ok := found[path]; !ok || n != want.Objects[path] {
			t.Errorf("%s: %d objects, there: %t", path, n, ok)
		}
	}
	for _, path := range want.Left {
		if _, ok := found[path]; ok {
			t.Errorf("%s was kept", path)
		}
		stem := stemOf(path) + ".txt"
		if !slices.ContainsFunc(s.Problems, func(p Problem) bool {
			return strings.HasSuffix(p.Where, stem) && strings.Contains(p.Reason, "picture dropped")
		}) {
			t.Errorf("%s is left out without a word: %v", path, s.Problems)
		}
	}
	if n, ok := found["images/scored.png"]; ok && n != 1 {
		t.Errorf("scored.png has %d objects", n)
	}
}

func TestCase16_vocEncodings(t *testing.T) {
	var want struct {
		Classes   []string
		Boxes     map[string][]expectedBox
		Tolerance float64
	}
	dir := golden.Everyday(t, "16-voc-xml-encodings", &want)
	s, err := OpenVOC(filepath.Join(dir, "voc"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Problems) > 0 || !slices.Equal(s.Classes, want.Classes) {
		t.Errorf("classes %q, problems %v; want %q", s.Classes, s.Problems, want.Classes)
	}
	checkBoxes(t, s, want.Boxes, want.Tolerance)
}
