package detector

import (
	"math"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Vector uses a network whose answer to a picture is a fixed number of values.
type Vector struct {
	forward
}

// NewVector returns the use of the network net on pictures of a shape [C, H, W].
func NewVector(store *graph.Store, net func(s graph.Scope) nn.Layer, shape []int) *Vector {
	return &Vector{newForward(store, net, shape)}
}

// Answers returns the raw answers, one after the other, to n pictures x.
func (v *Vector) Answers(x []float32, n int) ([]float32, error) {
	y, _, err := v.run(x, n)
	return y, err
}

// Localiser uses a zoo.Localiser, which finds the largest object of a picture.
type Localiser struct{ *Vector }

// Detect implements [Detector]: at most one box a picture, whose score is p_c
// times the probability of its class.
func (l Localiser) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	y, err := l.Answers(x, n)
	if err != nil {
		return nil, err
	}
	size := len(y) / n
	found := make([][]decode.Detection, n)
	for i := range found {
		if d, _ := Located(y[i*size : (i+1)*size]); d.Score >= o.ScoreMin {
			found[i] = []decode.Detection{d}
		}
	}
	return found, nil
}

// Located reads the raw answer of a localiser; seen is p_c.
func Located(t []float32) (d decode.Detection, seen float64) {
	for c := range t[5:] {
		if t[5+c] > t[5+d.Class] {
			d.Class = c
		}
	}
	sum := 0.0
	for _, v := range t[5:] {
		sum += math.Exp(float64(v) - float64(t[5+d.Class]))
	}
	seen = sigmoid(t[0])
	d.Score = seen / sum
	d.Box = box.Center{X: sigmoid(t[1]), Y: sigmoid(t[2]), H: sigmoid(t[3]), W: sigmoid(t[4])}.Box()
	return d, seen
}

func sigmoid(x float32) float64 { return 1 / (1 + math.Exp(-float64(x))) }

// Landmarks uses a zoo.Landmarks, which finds key points.
type Landmarks struct{ *Vector }

// Find returns the key points of each of n pictures x [n, C, H, W]: l_1x, l_1y,
// …, shares of the picture.
func (l Landmarks) Find(x []float32, n int) ([][]float64, error) {
	y, err := l.Answers(x, n)
	if err != nil {
		return nil, err
	}
	size := len(y) / n
	found := make([][]float64, n)
	for i := range found {
		for _, v := range y[i*size : (i+1)*size] {
			found[i] = append(found[i], float64(v))
		}
	}
	return found, nil
}
