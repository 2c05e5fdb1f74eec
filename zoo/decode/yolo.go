package decode

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
)

// Head is the layout of a YOLO network's outputs: a grid of cells with one box
// for each anchor, of 5 + p numbers each.
type Head struct {
	Rows, Cols int
	Anchors    []box.Size // shares of the picture
	Classes    int        // p
}

func (h Head) fields() int { return 5 + h.Classes }

func (h Head) check(what string, y []float64) (pictures int, err error) {
	one := h.Rows * h.Cols * len(h.Anchors) * h.fields()
	if h.Rows < 1 || h.Cols < 1 || len(h.Anchors) == 0 || h.Classes < 0 {
		return 0, errors.Errorf("%s: grid %d×%d, %d anchors, %d classes", what, h.Rows, h.Cols, len(h.Anchors), h.Classes)
	}
	if len(y)%one != 0 {
		return 0, errors.Errorf("%s: %d numbers, expected a multiple of %d×%d×%d×%d", what, len(y), h.Rows, h.Cols, len(h.Anchors), h.fields())
	}
	return len(y) / one, nil
}

// Decode turns raw outputs t [N, rows, cols, k, 5 + p] into y of that shape with
// the fields p_c, b_x, b_y, b_h, b_w, c_1 … c_p,
//
//	p_c = σ(t_0)
//	b_x = (σ(t_1) + col)/cols, b_y = (σ(t_2) + row)/rows
//	b_h = a_h·e^t_3, b_w = a_w·e^t_4
//	c = softmax(t_5 … )
//
// for anchors of height a_h, width a_w. Boxes are shares of the picture. The
// package losses has the same on the nodes of a graph.
//
// Source: cheatsheet §1.6 (the layout of y); arXiv:1612.08242 §2, figure 3.
func (h Head) Decode(t []float64) ([]float64, error) {
	if _, err := h.check("yolo decode", t); err != nil {
		return nil, err
	}
	f, k := h.fields(), len(h.Anchors)
	y := make([]float64, len(t))
	for i := 0; i < len(t)/f; i++ {
		in, out := t[i*f:(i+1)*f], y[i*f:(i+1)*f]
		anchor := h.Anchors[i%k]
		col, row := i/k%h.Cols, i/k/h.Cols%h.Rows
		out[0] = sigmoid(in[0])
		out[1] = (sigmoid(in[1]) + float64(col)) / float64(h.Cols)
		out[2] = (sigmoid(in[2]) + float64(row)) / float64(h.Rows)
		out[3] = anchor.H * math.Exp(in[3])
		out[4] = anchor.W * math.Exp(in[4])
		softmax(in[5:], out[5:])
	}
	return y, nil
}

// Detections returns the boxes of predictions y [N, rows, cols, k, 5 + p] for each
// picture, with the most probable class and the score p_c·c; p_c where there are
// no classes. Those of a score below scoreMin are left out.
func (h Head) Detections(y []float64, scoreMin float64) ([][]Detection, error) {
	n, err := h.check("yolo detections", y)
	if err != nil {
		return nil, err
	}
	f := h.fields()
	found := make([][]Detection, n)
	for i := 0; i < len(y)/f; i++ {
		b := y[i*f : (i+1)*f]
		d := Detection{Score: b[0], Box: box.Center{X: b[1], Y: b[2], H: b[3], W: b[4]}.Box()}
		if h.Classes > 0 {
			d.Class = best(b[5:])
			d.Score *= b[5+d.Class]
		}
		if d.Score >= scoreMin {
			picture := i / (h.Rows * h.Cols * len(h.Anchors))
			found[picture] = append(found[picture], d)
		}
	}
	return found, nil
}

// Detect is Decode, Detections, [Suppress] for each picture: the boxes that a
// user gets, the best first.
func (h Head) Detect(t []float64, o SuppressOptions) ([][]Detection, error) {
	y, err := h.Decode(t)
	if err != nil {
		return nil, err
	}
	found, err := h.Detections(y, o.ScoreMin)
	if err != nil {
		return nil, err
	}
	for i, all := range found {
		keep, err := Suppress(all, o)
		if err != nil {
			return nil, err
		}
		found[i] = make([]Detection, len(keep))
		for k, at := range keep {
			found[i][k] = all[at]
		}
	}
	return found, nil
}

// sigmoid is 1/(1 + e^−x), without overflow.
func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func softmax(x, y []float64) {
	most, sum := math.Inf(-1), 0.0
	for _, v := range x {
		most = max(most, v)
	}
	for i, v := range x {
		y[i] = math.Exp(v - most)
		sum += y[i]
	}
	for i := range y {
		y[i] /= sum
	}
}
