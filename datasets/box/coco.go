package box

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// cocoFile mirrors the parts of a COCO file that boxes need.
type cocoFile struct {
	Images      []cocoImage    `json:"images"`
	Categories  []cocoCategory `json:"categories"`
	Annotations []cocoObject   `json:"annotations"`
}

type cocoImage struct {
	ID     cocoValue `json:"id"`
	File   cocoValue `json:"file_name"`
	Width  cocoValue `json:"width"`
	Height cocoValue `json:"height"`
}

type cocoCategory struct {
	ID    cocoValue `json:"id"`
	Name  cocoValue `json:"name"`
	Above cocoValue `json:"supercategory,omitempty"`
}

type cocoObject struct {
	ID       cocoValue `json:"id"`
	Image    cocoValue `json:"image_id"`
	Category cocoValue `json:"category_id"`
	Box      cocoValue `json:"bbox"` // x, y, width, height
	Area     cocoValue `json:"area"`
	Crowd    cocoValue `json:"iscrowd"`
}

// ReadCOCO reads a COCO instances file: pictures in the order of the file, classes in the order of their ids.
// Objects of unknown pictures or classes, with missing or senseless boxes are left out, with a Problem each. Ids and
// numbers may be written as text. A category that others name as their supercategory, without an object, is a heading,
// no class.
//
// Source: arXiv:1405.0312; the data format page of cocodataset.org.
func ReadCOCO(path string) (*Set, error) {
	data, err := readLimited(path, maxCOCOFile)
	if err != nil {
		return nil, errors.Wrapf(err, "read COCO %s", path)
	}
	s, err := DecodeCOCO(data)
	if err != nil {
		return nil, errors.Wrapf(err, "read COCO %s", path)
	}
	for i := range s.Problems {
		s.Problems[i].Where = path + ": " + s.Problems[i].Where
	}
	return s, nil
}

// DecodeCOCO reads the content of a COCO instances file, as ReadCOCO does.
func DecodeCOCO(data []byte) (*Set, error) {
	s := &Set{}
	f, err := s.parseCOCO(data)
	if err != nil {
		return nil, err
	}
	if len(f.Images) == 0 {
		return nil, errors.New("found no images, expected a COCO instances file")
	}
	report := func(where, format string, args ...any) {
		s.report(where, fmt.Sprintf(format, args...)+"; dropped")
	}
	slices.SortStableFunc(f.Categories, func(a, b cocoCategory) int { return compareIDs(a.ID.id(), b.ID.id()) })
	classes := map[string]string{}
	for _, c := range f.Categories {
		id, name := c.ID.id(), className(c.Name.text())
		if _, twice := classes[id]; twice || name == "" {
			report("category "+id, "twice or without a name")
			continue
		}
		classes[id] = name
		if !slices.Contains(s.Classes, name) {
			s.Classes = append(s.Classes, name)
		}
	}
	images := map[string]int{}
	for _, m := range f.Images {
		id, file := m.ID.id(), m.File.text()
		if _, twice := images[id]; twice || file == "" {
			report("image "+id, "twice or without a file name")
			continue
		}
		a := Annotation{Image: file, Width: m.Width.side(), Height: m.Height.side()}
		if a.Width == 0 || a.Height == 0 {
			a.Width, a.Height = 0, 0
		}
		images[id] = len(s.Items)
		s.Items = append(s.Items, a)
	}
	for i, o := range f.Annotations {
		where := fmt.Sprintf("annotation %d (id %s)", i, o.ID.id())
		at, known := images[o.Image.id()]
		if !known {
			report(where, "image %s is not in the file", orNone(o.Image.id()))
			continue
		}
		item := &s.Items[at]
		class, named := classes[o.Category.id()]
		b, err := o.Box.box()
		switch {
		case !named:
			report(where, "category %s is not in the file", orNone(o.Category.id()))
			item.Lost++
		case err != nil:
			report(where, "%v", err)
			item.Lost++
		default:
			area, ok := o.Area.number()
			if rounding := 1e-6 * b.Area(); !ok || area < 0 || math.Abs(area-b.Area()) <= rounding {
				area = 0
			}
			s.Problems = append(s.Problems, item.add(Object{Class: class, Box: b, Crowd: o.Crowd.truth(), Area: area}, where)...)
		}
	}
	s.dropHeadings(f.Categories)
	return s, nil
}

// parseCOCO reads the three lists of a file. An entry that is no object is left out, with a Problem.
func (s *Set) parseCOCO(data []byte) (*cocoFile, error) {
	data, err := utf8Text(data)
	if err != nil {
		return nil, errors.Wrap(err, "not a COCO file")
	}
	f := &cocoFile{}
	dec := json.NewDecoder(bytes.NewReader(quoteSpecials(data)))
	bad := func(err error) error { return errors.Errorf("not a COCO file: %s", jsonFault(err)) }
	if t, err := dec.Token(); err != nil {
		return nil, bad(err)
	} else if t != json.Delim('{') {
		return nil, errors.New("not a COCO file: found no { at its beginning")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, bad(err)
		}
		switch key {
		case "images":
			err = readList(s, dec, "image", &f.Images)
		case "categories":
			err = readList(s, dec, "category", &f.Categories)
		case "annotations":
			err = readList(s, dec, "annotation", &f.Annotations)
		default:
			var other json.RawMessage
			err = dec.Decode(&other)
		}
		if err != nil {
			return nil, bad(err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, bad(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.Errorf("not a COCO file: more than one value, the second at byte %d", dec.InputOffset())
	}
	return f, nil
}

// readList appends the entries of the list that comes next.
func readList[T any](s *Set, dec *json.Decoder, what string, to *[]T) error {
	var first json.RawMessage
	if t, err := dec.Token(); err != nil {
		return err
	} else if t == nil {
		return nil
	} else if t != json.Delim('[') {
		return errors.Errorf("%s list: found %v, expected [", what, t)
	}
	for i := 0; dec.More(); i++ {
		if err := dec.Decode(&first); err != nil {
			return err
		}
		var entry T
		if len(first) == 0 || first[0] != '{' || json.Unmarshal(first, &entry) != nil {
			s.report(fmt.Sprintf("%s %d of the list", what, i), "found "+cocoValue(first).short()+", expected {…}; dropped")
			continue
		}
		*to = append(*to, entry)
	}
	_, err := dec.Token()
	return err
}

// jsonFault says what is wrong with JSON, and where.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("%v at byte %d", err, syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "unexpected end of JSON input"
	}
	return err.Error()
}

// compareIDs orders ids by number, then those that are none.
func compareIDs(a, b string) int {
	n, errN := strconv.ParseFloat(a, 64)
	m, errM := strconv.ParseFloat(b, 64)
	switch {
	case errN == nil && errM == nil:
		return cmp.Compare(n, m)
	case errN == nil:
		return -1
	case errM == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// dropHeadings takes out of the classes those without an object that others name as their supercategory.
func (s *Set) dropHeadings(categories []cocoCategory) {
	used := map[string]bool{}
	for _, a := range s.Items {
		for _, o := range a.Objects {
			used[o.Class] = true
		}
	}
	heading := map[string]bool{}
	for _, c := range categories {
		if above, own := className(c.Above.text()), className(c.Name.text()); above != own {
			heading[above] = true
		}
	}
	s.Classes = slices.DeleteFunc(s.Classes, func(c string) bool { return heading[c] && !used[c] })
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// EncodeCOCO returns s as a COCO instances file; ids count from 1.
func EncodeCOCO(s *Set) ([]byte, error) {
	f := cocoFile{Images: []cocoImage{}, Categories: []cocoCategory{}, Annotations: []cocoObject{}}
	ids := map[string]cocoValue{}
	for i, c := range s.Classes {
		ids[c] = cocoOf(i + 1)
		f.Categories = append(f.Categories, cocoCategory{ID: ids[c], Name: cocoOf(c)})
	}
	for i, a := range s.Items {
		image := cocoOf(i + 1)
		f.Images = append(f.Images, cocoImage{ID: image, File: cocoOf(a.Image), Width: cocoOf(a.Width), Height: cocoOf(a.Height)})
		for _, o := range a.Objects {
			id, ok := ids[o.Class]
			if !ok {
				return nil, errors.Errorf("encode COCO: %s: class %q is none of %q", a.Image, o.Class, s.Classes)
			}
			crowd, area := 0, o.Area
			if o.Crowd {
				crowd = 1
			}
			if area == 0 {
				area = o.Box.Area()
			}
			f.Annotations = append(f.Annotations, cocoObject{
				ID: cocoOf(len(f.Annotations) + 1), Image: image, Category: id, Area: cocoOf(area), Crowd: cocoOf(crowd),
				Box: cocoOf([]float64{o.Box.X1, o.Box.Y1, o.Box.X2 - o.Box.X1, o.Box.Y2 - o.Box.Y1}),
			})
		}
	}
	data, err := json.MarshalIndent(f, "", "\t")
	return data, errors.Wrap(err, "encode COCO")
}

// cocoOf returns v as a value; what JSON cannot hold, such as NaN, is null.
func cocoOf(v any) cocoValue {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return cocoValue(b)
}
