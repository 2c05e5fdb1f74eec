package detector

import (
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo/decode"
)

// YOLO uses a network from pictures to the raw boxes of a grid,
//
//	x [N, C, H, W] → t [N, rows, cols, anchors, 5 + classes]
//
// as zoo.SmallYOLO is.
type YOLO struct {
	forward
	anchors []box.Size
	classes int
}

// NewYOLO returns the use of the network net, whose parameters are named from the
// root of store, on pictures of a shape [C, H, W]; anchors are shares of the
// picture.
func NewYOLO(store *graph.Store, net func(s graph.Scope) nn.Layer, shape []int, anchors []box.Size, classes int) *YOLO {
	return &YOLO{newForward(store, net, shape), anchors, classes}
}

// Detect implements [Detector].
func (y *YOLO) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	t, shape, err := y.run(x, n)
	if err != nil {
		return nil, err
	}
	wide := make([]float64, len(t))
	for i, v := range t {
		wide[i] = float64(v)
	}
	head := decode.Head{Rows: shape[1], Cols: shape[2], Anchors: y.anchors, Classes: y.classes}
	return head.Detect(wide, o)
}
