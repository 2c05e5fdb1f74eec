package box

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pkg/errors"
)

// cocoFile mirrors the parts of a COCO file that boxes need.
type cocoFile struct {
	Images      []cocoImage    `json:"images"`
	Categories  []cocoCategory `json:"categories"`
	Annotations []cocoObject   `json:"annotations"`
}

type cocoImage struct {
	ID     int64  `json:"id"`
	File   string `json:"file_name"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

type cocoCategory struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type cocoObject struct {
	ID       int64     `json:"id"`
	Image    int64     `json:"image_id"`
	Category int64     `json:"category_id"`
	Box      []float64 `json:"bbox"` // x, y, width, height
	Area     float64   `json:"area"`
	Crowd    int       `json:"iscrowd"`
}

// ReadCOCO reads a COCO instances file: pictures in the order of the file, classes in the order of their ids.
// Objects of unknown pictures or classes, with missing or senseless boxes are left out, with a Problem each.
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
	var f cocoFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, errors.Wrap(err, "not a COCO file")
	}
	if len(f.Images) == 0 {
		return nil, errors.New("found no images, expected a COCO instances file")
	}
	s := &Set{}
	report := func(where, format string, args ...any) {
		s.Problems = append(s.Problems, Problem{where, fmt.Sprintf(format, args...) + "; dropped"})
	}
	slices.SortStableFunc(f.Categories, func(a, b cocoCategory) int { return cmp.Compare(a.ID, b.ID) })
	classes := map[int64]string{}
	for _, c := range f.Categories {
		if _, twice := classes[c.ID]; twice || c.Name == "" {
			report(fmt.Sprintf("category %d", c.ID), "twice or without a name")
			continue
		}
		classes[c.ID] = c.Name
		if !slices.Contains(s.Classes, c.Name) {
			s.Classes = append(s.Classes, c.Name)
		}
	}
	images := map[int64]int{}
	for _, m := range f.Images {
		where := fmt.Sprintf("image %d", m.ID)
		if _, twice := images[m.ID]; twice || m.File == "" {
			report(where, "twice or without a file name")
			continue
		}
		if m.Width < 0 || m.Height < 0 {
			m.Width, m.Height = 0, 0
		}
		images[m.ID] = len(s.Items)
		s.Items = append(s.Items, Annotation{Image: m.File, Width: m.Width, Height: m.Height})
	}
	for i, o := range f.Annotations {
		where := fmt.Sprintf("annotation %d (id %d)", i, o.ID)
		at, known := images[o.Image]
		class, named := classes[o.Category]
		switch {
		case !known:
			report(where, "image %d is not in the file", o.Image)
		case !named:
			report(where, "category %d is not in the file", o.Category)
		case len(o.Box) != 4:
			report(where, "bbox has %d numbers, expected 4", len(o.Box))
		default:
			b := Box{X1: o.Box[0], Y1: o.Box[1], X2: o.Box[0] + o.Box[2], Y2: o.Box[1] + o.Box[3]}
			s.Problems = append(s.Problems, s.Items[at].add(Object{Class: class, Box: b, Crowd: o.Crowd != 0}, where)...)
		}
	}
	return s, nil
}

// EncodeCOCO returns s as a COCO instances file; ids count from 1.
func EncodeCOCO(s *Set) ([]byte, error) {
	f := cocoFile{Images: []cocoImage{}, Categories: []cocoCategory{}, Annotations: []cocoObject{}}
	ids := map[string]int64{}
	for i, c := range s.Classes {
		ids[c] = int64(i + 1)
		f.Categories = append(f.Categories, cocoCategory{ID: int64(i + 1), Name: c})
	}
	for i, a := range s.Items {
		f.Images = append(f.Images, cocoImage{ID: int64(i + 1), File: a.Image, Width: a.Width, Height: a.Height})
		for _, o := range a.Objects {
			id, ok := ids[o.Class]
			if !ok {
				return nil, errors.Errorf("encode COCO: %s: class %q is none of %q", a.Image, o.Class, s.Classes)
			}
			crowd := 0
			if o.Crowd {
				crowd = 1
			}
			f.Annotations = append(f.Annotations, cocoObject{
				ID: int64(len(f.Annotations) + 1), Image: int64(i + 1), Category: id, Area: o.Box.Area(), Crowd: crowd,
				Box: []float64{o.Box.X1, o.Box.Y1, o.Box.X2 - o.Box.X1, o.Box.Y2 - o.Box.Y1},
			})
		}
	}
	data, err := json.MarshalIndent(f, "", "\t")
	return data, errors.Wrap(err, "encode COCO")
}
