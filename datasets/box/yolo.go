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
// with the index of its class, middle, width, height as shares of the picture of width×height pixels. Lines
// that say something else are left out, with a Problem each. An empty file is a picture without objects.
//
// Source: the darknet repository. Note the order: width before height.
func ReadYOLO(path string, width, height int, classes []string) (Annotation, []Problem, error) {
	data, err := readLimited(path, maxTextFile)
	if err != nil {
		return Annotation{}, nil, errors.Wrapf(err, "read YOLO %s", path)
	}
	a, problems, err := DecodeYOLO(data, width, height, classes)
	for i := range problems {
		problems[i].Where = path + ": " + problems[i].Where
	}
	return a, problems, errors.Wrapf(err, "read YOLO %s", path)
}

// DecodeYOLO reads the content of a YOLO text file, as ReadYOLO does.
func DecodeYOLO(data []byte, width, height int, classes []string) (Annotation, []Problem, error) {
	if width <= 0 || height <= 0 {
		return Annotation{}, nil, errors.Errorf("picture of %d×%d, expected at least one pixel", width, height)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return Annotation{}, nil, errors.New("holds a zero byte, expected text")
	}
	a := Annotation{Width: width, Height: height}
	var problems []Problem
	for i, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		where := fmt.Sprintf("line %d", i+1)
		o, err := yoloObject(fields, classes)
		if err != nil {
			problems = append(problems, Problem{where, err.Error() + "; dropped"})
			continue
		}
		o.Box = o.Box.Scale(float64(width), float64(height))
		problems = append(problems, a.add(o, where)...)
	}
	return a, problems, nil
}

func yoloObject(fields, classes []string) (Object, error) {
	if len(fields) != 5 {
		return Object{}, errors.Errorf("%d fields, expected 5: class b_x b_y b_w b_h", len(fields))
	}
	class, err := strconv.Atoi(fields[0])
	if err != nil || class < 0 || class >= len(classes) {
		return Object{}, errors.Errorf("class %q, expected 0 to %d", fields[0], len(classes)-1)
	}
	var v [4]float64
	for k := range v {
		v[k], err = strconv.ParseFloat(fields[k+1], 64)
		if err != nil || math.IsNaN(v[k]) || math.IsInf(v[k], 0) {
			return Object{}, errors.Errorf("found %q, expected a number", fields[k+1])
		}
	}
	return Object{Class: classes[class], Box: Center{X: v[0], Y: v[1], W: v[2], H: v[3]}.Box()}, nil
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
