package box

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// ReadYOLO reads a YOLO text file, a line an object:
//
//	class b_x b_y b_w b_h
//
// with the index of its class, middle, width, height as shares of the picture of width×height pixels. A sixth number is
// a score and passed over; three or more points x y instead of a box, as in labels for segmentation, become the smallest
// box around them. Lines that say something else are left out, with a Problem each. An empty file is a picture without
// objects.
//
// Source: the darknet and Ultralytics repositories. Note the order: width before height.
func ReadYOLO(path string, width, height int, classes []string) (Annotation, []Problem, error) {
	return yoloReader{classes: classes}.read(path, width, height)
}

// DecodeYOLO reads the content of a YOLO text file, as ReadYOLO does.
func DecodeYOLO(data []byte, width, height int, classes []string) (Annotation, []Problem, error) {
	return yoloReader{classes: classes}.decode(data, width, height)
}

// yoloReader reads the labels of a set.
type yoloReader struct {
	classes []string
	// keyPoints says that a box is followed by the key points of its object.
	keyPoints bool
	// count, where it is not nil, counts the class numbers that are met, known or not.
	count map[int]int
}

func (r yoloReader) read(path string, width, height int) (Annotation, []Problem, error) {
	data, err := readLimited(path, maxTextFile)
	if err != nil {
		return Annotation{}, nil, errors.Wrapf(err, "read YOLO %s", path)
	}
	a, problems, err := r.decode(data, width, height)
	for i := range problems {
		problems[i].Where = path + ": " + problems[i].Where
	}
	return a, problems, errors.Wrapf(err, "read YOLO %s", path)
}

func (r yoloReader) decode(data []byte, width, height int) (Annotation, []Problem, error) {
	if width <= 0 || height <= 0 {
		return Annotation{}, nil, errors.Errorf("picture of %d×%d, expected at least one pixel", width, height)
	}
	data, err := plainText(data)
	if err != nil {
		return Annotation{}, nil, err
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return Annotation{}, nil, errors.New("holds a zero byte, expected text")
	}
	a := Annotation{Width: width, Height: height}
	var problems []Problem
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	for i, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		where := fmt.Sprintf("line %d", i+1)
		o, note, err := r.object(fields)
		if err != nil {
			a.Lost++
			problems = append(problems, Problem{where, err.Error() + "; dropped"})
			continue
		}
		if note != "" {
			problems = append(problems, Problem{where, note})
		}
		o.Box = o.Box.Scale(float64(width), float64(height))
		problems = append(problems, a.add(o, where)...)
	}
	return a, problems, nil
}

// object reads the fields of a line. note says what was passed over.
func (r yoloReader) object(fields []string) (o Object, note string, err error) {
	n := len(fields)
	if n < 5 {
		return o, "", errors.Errorf("%d fields, expected 5: class b_x b_y b_w b_h", n)
	}
	class, err := r.class(fields[0])
	if err != nil {
		return o, "", err
	}
	v := make([]float64, n-1)
	for k := range v {
		v[k], err = strconv.ParseFloat(fields[k+1], 64)
		if err != nil || math.IsNaN(v[k]) || math.IsInf(v[k], 0) {
			return o, "", errors.Errorf("found %q, expected a number", fields[k+1])
		}
	}
	o.Class = r.classes[class]
	switch {
	case n == 5 || r.keyPoints:
	case n == 6 && v[4] >= 0 && v[4] <= 1:
		note = fmt.Sprintf("6 fields: the last, %s, is taken for a score and passed over", fields[5])
	case n%2 == 1:
		return o, "", o.around(v)
	default:
		return o, "", errors.Errorf("%d fields, expected 5: class b_x b_y b_w b_h, or a class and points x y", n)
	}
	if err := inShares(v[:4]); err != nil {
		return o, "", err
	}
	o.Box = Center{X: v[0], Y: v[1], W: v[2], H: v[3]}.Box()
	return o, note, nil
}

// class returns a class number, which may be written 1 or 1.0.
func (r yoloReader) class(field string) (int, error) {
	v, err := strconv.ParseFloat(field, 64)
	const most = 1 << 30
	if err != nil || v != math.Trunc(v) || math.Abs(v) > most {
		return 0, errors.Errorf("class %q, expected 0 to %d", field, len(r.classes)-1)
	}
	class := int(v)
	if r.count != nil {
		r.count[class]++
	}
	if class < 0 || class >= len(r.classes) {
		return 0, errors.Errorf("class %q, expected 0 to %d", field, len(r.classes)-1)
	}
	return class, nil
}

// around makes the box around points x, y.
func (o *Object) around(points []float64) error {
	if err := inShares(points); err != nil {
		return err
	}
	b := Box{X1: math.Inf(1), Y1: math.Inf(1), X2: math.Inf(-1), Y2: math.Inf(-1)}
	for k := 0; k+1 < len(points); k += 2 {
		b.X1, b.X2 = min(b.X1, points[k]), max(b.X2, points[k])
		b.Y1, b.Y2 = min(b.Y1, points[k+1]), max(b.Y2, points[k+1])
	}
	o.Box = b
	return nil
}

// inShares refuses numbers that can be no shares of a picture. Rounding, and boxes that reach out of it, leave some
// beyond 1.
func inShares(v []float64) error {
	const most = 2
	for _, x := range v {
		if x > most || x < -most {
			return errors.Errorf("found %g, expected shares of the picture, 0 to 1: are these pixels?", x)
		}
	}
	return nil
}

// EncodeYOLO returns a as a YOLO text file.
func EncodeYOLO(a Annotation, classes []string) ([]byte, error) {
	if a.Width <= 0 || a.Height <= 0 {
		return nil, errors.Errorf("encode YOLO: %s: size %d×%d", a.Image, a.Width, a.Height)
	}
	index := map[string]int{}
	for i, c := range classes {
		index[c] = i
	}
	var out bytes.Buffer
	for _, o := range a.Objects {
		class, ok := index[o.Class]
		if !ok {
			return nil, errors.Errorf("encode YOLO: %s: class %q is none of %q", a.Image, o.Class, classes)
		}
		c := o.Box.Scale(1/float64(a.Width), 1/float64(a.Height)).Center()
		fmt.Fprintf(&out, "%d %.9g %.9g %.9g %.9g\n", class, c.X, c.Y, c.W, c.H)
	}
	return out.Bytes(), nil
}
