package box

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pkg/errors"
	"pgregory.net/rapid"
)

const vocText = `<?xml version="1.0"?>
<annotation>
  <filename>a.jpg</filename>
  <size><width>100</width><height>50</height><depth>3</depth></size>
  <object><name> cat </name><difficult>1</difficult><truncated>0</truncated>
    <bndbox><xmin>10</xmin><ymin>5.5</ymin><xmax>40</xmax><ymax>45</ymax></bndbox></object>
  <object><name>dog</name><bndbox><xmin>90</xmin><ymin>0</ymin><xmax>120</xmax><ymax>20</ymax></bndbox></object>
</annotation>`

func TestDecodeVOC(t *testing.T) {
	a, problems, err := DecodeVOC([]byte(vocText))
	if err != nil {
		t.Fatal(err)
	}
	want := Annotation{Image: "a.jpg", Width: 100, Height: 50, Objects: []Object{
		{Class: "cat", Box: Box{10, 5.5, 40, 45}, Difficult: true}, {Class: "dog", Box: Box{90, 0, 100, 20}},
	}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
	if len(problems) != 1 || !strings.Contains(problems[0].String(), `object 1 "dog": box 90, 0 to 120, 20 reaches out of the picture of 100×50; cut`) {
		t.Errorf("problems %v", problems)
	}
}

func TestDecodeVOC_badObjects(t *testing.T) {
	for _, tc := range []struct{ name, object, says string }{
		{"no name", "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>", "no name; dropped"},
		{"no box", "<name>x</name>", "no bndbox; dropped"},
		{"no corner", "<name>x</name><bndbox><xmin>1</xmin></bndbox>", "no ymin; dropped"},
		{"no number", "<name>x</name><bndbox><xmin>one</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>", `xmin is "one", expected a number`},
		{"not finite", "<name>x</name><bndbox><xmin>NaN</xmin><ymin>1</ymin><xmax>Inf</xmax><ymax>2</ymax></bndbox>", "has no area; dropped"},
		{"no area", "<name>x</name><bndbox><xmin>5</xmin><ymin>5</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>", "box 5, 5 to 5, 5 has no area; dropped"},
		{"outside", "<name>x</name><bndbox><xmin>500</xmin><ymin>5</ymin><xmax>600</xmax><ymax>9</ymax></bndbox>", "lies outside the picture of 9×9; dropped"},
	} {
		text := "<annotation><size><width>9</width><height>9</height></size><object>" + tc.object + "</object></annotation>"
		a, problems, err := DecodeVOC([]byte(text))
		if err != nil || len(a.Objects) != 0 || len(problems) != 1 || !strings.Contains(problems[0].String(), tc.says) {
			t.Errorf("%s: %v, %v, %v; want a problem with %q", tc.name, a.Objects, problems, err, tc.says)
		}
	}
	_, problems, err := DecodeVOC([]byte("<annotation></annotation>"))
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Reason, "missing or senseless") {
		t.Errorf("no size: %v, %v", problems, err)
	}
}

func TestDecodeVOC_hostile(t *testing.T) {
	bomb := `<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><annotation><filename>&y;</filename></annotation>`
	outside := `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>`
	for _, tc := range []struct{ name, text, says string }{
		{"entity bomb", bomb, "invalid character entity"},
		{"entity from a file", outside, "invalid character entity"},
		{"empty", " ", "empty file, expected an <annotation>"},
		{"another root", "<html></html>", "not a VOC annotation"},
		{"cut", vocText[:200], "unexpected EOF"},
		{"another encoding", `<?xml version="1.0" encoding="utf-16"?><annotation/>`, "utf-16"},
		{"deep", strings.Repeat("<a>", 1<<16), "not a VOC annotation"},
	} {
		if _, _, err := DecodeVOC([]byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.says)
		}
	}
}

func TestReadVOC_limits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big.xml")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(maxTextFile + 1); err != nil { // a hole, takes no room
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadVOC(path); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, _, err := ReadVOC(path + "x"); err == nil || strings.Count(err.Error(), path) != 1 {
		t.Errorf("got %v", err)
	}
}

const cocoText = `{
 "info": {"year": 2017}, "licenses": [],
 "images": [{"id": 7, "file_name": "b.jpg", "width": 20, "height": 10}, {"id": 3, "file_name": "a.jpg", "width": 4, "height": 4}, {"id": 3, "file_name": "c.jpg"}],
 "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}, {"id": 2}],
 "annotations": [
  {"id": 1, "image_id": 7, "category_id": 18, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 1, "segmentation": {"counts": [1, 2]}},
  {"id": 2, "image_id": 9, "category_id": 18, "bbox": [1, 2, 3, 4]},
  {"id": 3, "image_id": 7, "category_id": 5, "bbox": [1, 2, 3, 4]},
  {"id": 4, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3]},
  {"id": 5, "image_id": 7, "category_id": 1, "bbox": [1, 2, 0, 4]}]
}`

func TestDecodeCOCO(t *testing.T) {
	s, err := DecodeCOCO([]byte(cocoText))
	if err != nil {
		t.Fatal(err)
	}
	want := &Set{Classes: []string{"person", "dog"}, Items: []Annotation{
		{Image: "b.jpg", Width: 20, Height: 10, Objects: []Object{{Class: "dog", Box: Box{1, 2, 4, 6}, Crowd: true}}, Lost: 3},
		{Image: "a.jpg", Width: 4, Height: 4},
	}}
	if diff := cmp.Diff(want, s, cmpopts.IgnoreFields(Set{}, "Problems")); diff != "" {
		t.Error(diff)
	}
	says := []string{"category 2: twice or without a name", "image 3: twice", "image 9 is not in the file", "category 5 is not in the file", "bbox has 3 numbers, expected 4", "has no area"}
	if len(s.Problems) != len(says) {
		t.Fatalf("problems %v", s.Problems)
	}
	for i, p := range s.Problems {
		if !strings.Contains(p.String(), says[i]) {
			t.Errorf("problem %d: %v, want %q", i, p, says[i])
		}
	}
	for text, says := range map[string]string{"": "not a COCO file", "[]": "not a COCO file", "{}": "found no images", `{"images": 3}`: "not a COCO file"} {
		if _, err := DecodeCOCO([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
}

func TestDecodeYOLO(t *testing.T) {
	text := "0 0.5 0.5 0.2 0.4\n\n1 0.1 0.5 0.4 0.2\r\n" +
		"2 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1\n-1 0 0 1 1\nx 0 0 1 1\n0 nan 0 1 1\n0 0.5 0.5 0 0.1\n0 2 2 0.1 0.1\n"
	a, problems, err := DecodeYOLO([]byte(text), 100, 50, []string{"cat", "dog"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Object{{Class: "cat", Box: Box{40, 15, 60, 35}}, {Class: "dog", Box: Box{0, 20, 30, 30}}}
	if diff := cmp.Diff(want, a.Objects, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
	says := []string{"line 3: box", `line 4: class "2", expected 0 to 1`, "line 5: 4 fields, expected 5", `class "-1"`, `class "x"`, `found "nan"`, "line 9: box 50, 22.5 to 50, 27.5 has no area", "line 10"}
	if len(problems) != len(says) {
		t.Fatalf("problems %v", problems)
	}
	for i, p := range problems {
		if !strings.Contains(p.String(), says[i]) {
			t.Errorf("problem %d: %v, want %q", i, p, says[i])
		}
	}
	if _, _, err := DecodeYOLO(nil, 0, 3, nil); err == nil || !strings.Contains(err.Error(), "picture of 0×3") {
		t.Errorf("got %v", err)
	}
	if _, _, err := DecodeYOLO([]byte{0}, 3, 3, nil); err == nil || !strings.Contains(err.Error(), "zero byte") {
		t.Errorf("got %v", err)
	}
	if a, problems, err := DecodeYOLO(nil, 3, 3, nil); err != nil || len(problems)+len(a.Objects) != 0 {
		t.Error("an empty file is a picture without objects")
	}
}

// What a writer writes its reader reads again.
func TestFormats_roundTrip(t *testing.T) {
	classes := []string{"a", "b & <c>", "dấu"}
	rapid.Check(t, func(t *rapid.T) {
		a := Annotation{Image: "p.png", Width: rapid.IntRange(1, 2000).Draw(t, "w"), Height: rapid.IntRange(1, 2000).Draw(t, "h")}
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			x, y := rapid.Float64Range(0, 0.8).Draw(t, "x")*float64(a.Width), rapid.Float64Range(0, 0.8).Draw(t, "y")*float64(a.Height)
			a.Objects = append(a.Objects, Object{Class: rapid.SampledFrom(classes).Draw(t, "class"), Box: Box{x, y, x + 0.1*float64(a.Width), y + 0.2*float64(a.Height)}})
		}
		same := cmp.Options{cmpopts.EquateApprox(0, 1e-4), cmpopts.EquateEmpty()}
		voc, err := EncodeVOC(a)
		if err != nil {
			t.Fatal(err)
		}
		got, problems, err := DecodeVOC(voc)
		if diff := cmp.Diff(a, got, same); diff != "" || err != nil || len(problems) > 0 {
			t.Fatalf("VOC: %v, %v, %s", err, problems, diff)
		}
		text, err := EncodeYOLO(a, classes)
		if err != nil {
			t.Fatal(err)
		}
		got, problems, err = DecodeYOLO(text, a.Width, a.Height, classes)
		got.Image = a.Image
		if diff := cmp.Diff(a, got, same); diff != "" || err != nil || len(problems) > 0 {
			t.Fatalf("YOLO: %v, %v, %s", err, problems, diff)
		}
		s := &Set{Classes: classes, Items: []Annotation{a}}
		data, err := EncodeCOCO(s)
		if err != nil {
			t.Fatal(err)
		}
		set, err := DecodeCOCO(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, set, same); diff != "" {
			t.Fatalf("COCO: %s", diff)
		}
	})
}

func TestEncode_unknownClass(t *testing.T) {
	a := Annotation{Image: "p.png", Width: 1, Height: 1, Objects: []Object{{Class: "x"}}}
	_, errYOLO := EncodeYOLO(a, []string{"y"})
	_, errCOCO := EncodeCOCO(&Set{Classes: []string{"y"}, Items: []Annotation{a}})
	for _, err := range []error{errYOLO, errCOCO} {
		if err == nil || !strings.Contains(err.Error(), `p.png: class "x" is none of ["y"]`) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := EncodeYOLO(Annotation{Image: "p.png"}, nil); err == nil || !strings.Contains(err.Error(), "size 0×0") {
		t.Errorf("got %v", err)
	}
}

func FuzzDecodeVOC(f *testing.F) {
	f.Add([]byte(vocText))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, _, err := DecodeVOC(data); err == nil {
			checkAnnotation(t, a)
		}
	})
}

func FuzzDecodeCOCO(f *testing.F) {
	f.Add([]byte(cocoText))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := DecodeCOCO(data)
		if err != nil {
			return
		}
		for _, a := range s.Items {
			checkAnnotation(t, a)
		}
	})
}

func FuzzDecodeYOLO(f *testing.F) {
	f.Add([]byte("0 0.5 0.5 0.2 0.4\n1 1 1 1 1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, _, err := DecodeYOLO(data, 64, 48, []string{"a", "b"}); err == nil {
			checkAnnotation(t, a)
		}
	})
}

// checkAnnotation asserts what every reader promises: boxes with an area, inside the picture where its size is known.
func checkAnnotation(t *testing.T, a Annotation) {
	for _, o := range a.Objects {
		if !o.Box.Valid() || o.Class == "" {
			t.Fatalf("object %+v", o)
		}
		if a.Width > 0 && a.Height > 0 && o.Box != o.Box.Clip(float64(a.Width), float64(a.Height)) {
			t.Fatalf("object %+v outside %d×%d", o, a.Width, a.Height)
		}
	}
}
