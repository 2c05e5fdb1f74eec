package box

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// vocFile mirrors a VOC file. Numbers are text, so that one bad number costs one object; absent fields are nil.
type vocFile struct {
	XMLName  xml.Name    `xml:"annotation"`
	Filename string      `xml:"filename"`
	Size     *vocSize    `xml:"size"`
	Objects  []vocObject `xml:"object"`
}

type vocSize struct {
	Width  string `xml:"width"`
	Height string `xml:"height"`
	Depth  string `xml:"depth,omitempty"`
}

type vocObject struct {
	Name      string  `xml:"name"`
	Truncated string  `xml:"truncated,omitempty"`
	Difficult string  `xml:"difficult,omitempty"`
	Box       *vocBox `xml:"bndbox"`
}

type vocBox struct {
	XMin *string `xml:"xmin"`
	YMin *string `xml:"ymin"`
	XMax *string `xml:"xmax"`
	YMax *string `xml:"ymax"`
}

// ReadVOC reads the VOC XML file at path. Objects without a name, with missing or senseless corners are
// left out, with a Problem each. The encoding is the declared one. Entities are not expanded: a file that defines or uses its own is an error.
//
// Source: M. Everingham et al., "The PASCAL Visual Object Classes Challenge".
func ReadVOC(path string) (Annotation, []Problem, error) {
	data, err := readLimited(path, maxTextFile)
	if err != nil {
		return Annotation{}, nil, errors.Wrapf(err, "read VOC %s", path)
	}
	a, problems, err := DecodeVOC(data)
	for i := range problems {
		problems[i].Where = path + ": " + problems[i].Where
	}
	return a, problems, errors.Wrapf(err, "read VOC %s", path)
}

// DecodeVOC reads the content of a VOC XML file, as ReadVOC does.
func DecodeVOC(data []byte) (Annotation, []Problem, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return Annotation{}, nil, errors.New("empty file, expected an <annotation>")
	}
	f, err := parseVOC(data)
	if err != nil {
		return Annotation{}, nil, errors.Wrap(err, "not a VOC annotation")
	}
	a := Annotation{Image: strings.TrimSpace(f.Filename)}
	var problems []Problem
	if f.Size != nil {
		w, errW := vocNumber("width", &f.Size.Width)
		h, errH := vocNumber("height", &f.Size.Height)
		if errW == nil && errH == nil && w >= 1 && h >= 1 && w <= 1<<20 && h <= 1<<20 {
			a.Width, a.Height = int(w), int(h)
		}
	}
	if a.Width == 0 {
		problems = append(problems, Problem{"size", "missing or senseless; boxes are not checked against it"})
	}
	for i, o := range f.Objects {
		where := fmt.Sprintf("object %d %q", i, strings.TrimSpace(o.Name))
		b, err := o.corners()
		if err != nil {
			a.Lost++
			problems = append(problems, Problem{where, err.Error() + "; dropped"})
			continue
		}
		problems = append(problems, a.add(Object{
			Class: className(o.Name), Box: b, Difficult: vocTrue(o.Difficult), Truncated: vocTrue(o.Truncated),
		}, where)...)
	}
	return a, problems, nil
}

// parseVOC reads XML in the encoding that it declares, or in UTF-16 that its first bytes tell.
func parseVOC(data []byte) (*vocFile, error) {
	wide := bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
	order := unicode.LittleEndian
	for mark, e := range map[string]unicode.Endianness{"<\x00": unicode.LittleEndian, "\x00<": unicode.BigEndian} {
		if bytes.HasPrefix(data, []byte(mark)) { // without a byte order mark
			wide, order = true, e
		}
	}
	if wide {
		var err error
		if data, err = unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data); err != nil {
			return nil, errors.Wrap(err, "UTF-16")
		}
	}
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		label = strings.ToLower(strings.TrimSpace(label))
		utf16 := strings.HasPrefix(label, "utf-16") || strings.HasPrefix(label, "utf16") || strings.HasPrefix(label, "ucs-2")
		switch {
		case wide && utf16, label == "utf-8-sig":
			return in, nil
		case wide:
			return nil, errors.Errorf("declares the encoding %s but is written in UTF-16", label)
		case utf16:
			return nil, errors.Errorf("declares the encoding %s but is written in single bytes", label)
		}
		e, err := htmlindex.Get(label)
		if err != nil {
			return nil, errors.Errorf("declares the encoding %s, which is not known; expected one such as UTF-8", label)
		}
		return e.NewDecoder().Reader(in), nil
	}
	f := &vocFile{}
	return f, dec.Decode(f)
}

func (o vocObject) corners() (Box, error) {
	if strings.TrimSpace(o.Name) == "" {
		return Box{}, errors.New("no name")
	}
	if o.Box == nil {
		return Box{}, errors.New("no bndbox")
	}
	var b Box
	for _, f := range []struct {
		name string
		text *string
		to   *float64
	}{{"xmin", o.Box.XMin, &b.X1}, {"ymin", o.Box.YMin, &b.Y1}, {"xmax", o.Box.XMax, &b.X2}, {"ymax", o.Box.YMax, &b.Y2}} {
		v, err := vocNumber(f.name, f.text)
		if err != nil {
			return Box{}, err
		}
		*f.to = v
	}
	return b, nil
}

func vocNumber(name string, text *string) (float64, error) {
	if text == nil {
		return 0, errors.Errorf("no %s", name)
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(*text), 64)
	if err != nil {
		return 0, errors.Errorf("%s is %q, expected a number", name, *text)
	}
	return v, nil
}

func vocTrue(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "1" || s == "true" || s == "yes"
}

// EncodeVOC returns a as a VOC XML file.
func EncodeVOC(a Annotation) ([]byte, error) {
	f := vocFile{
		Filename: a.Image,
		Size:     &vocSize{Width: strconv.Itoa(a.Width), Height: strconv.Itoa(a.Height), Depth: "3"},
	}
	number := func(v float64) *string {
		s := strconv.FormatFloat(v, 'f', -1, 64)
		return &s
	}
	flag := map[bool]string{false: "0", true: "1"}
	for _, o := range a.Objects {
		f.Objects = append(f.Objects, vocObject{
			Name: o.Class, Truncated: flag[o.Truncated], Difficult: flag[o.Difficult],
			Box: &vocBox{number(o.Box.X1), number(o.Box.Y1), number(o.Box.X2), number(o.Box.Y2)},
		})
	}
	data, err := xml.MarshalIndent(f, "", "\t")
	if err != nil {
		return nil, errors.Wrapf(err, "encode VOC of %s", a.Image)
	}
	return append(data, '\n'), nil
}
