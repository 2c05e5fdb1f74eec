package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// Localiser says of a picture whether it shows an object, where and of which
// class: the features of a [SmallYOLO], then two fully connected layers, to
// which the place of a feature matters.
//
//	x [N, 3, H, W] → t [N, 5 + classes], the fields p_c, b_x, b_y, b_h, b_w, c_1 …
//
// Source: cheatsheet §1.6 (classification with localisation).
type Localiser struct {
	features nn.Sequential
	fc1, fc2 *nn.Linear
}

// NewLocaliser makes a Localiser for pictures of height × width, multiples of 16,
// named below s.
func NewLocaliser(s graph.Scope, height, width, classes int) *Localiser {
	return newLocaliser(s, height, width, 5+classes)
}

func newLocaliser(s graph.Scope, height, width, out int) *Localiser {
	const hidden = 128
	return &Localiser{
		features: NewSmallFeatures(s.At("features")),
		fc1:      nn.NewLinear(s.At("fc1"), 256*(height/SmallStride)*(width/SmallStride), hidden),
		fc2:      nn.NewLinear(s.At("fc2"), hidden, out),
	}
}

// Forward returns t [N, 5 + classes] of x [N, 3, H, W], before sigmoid and softmax.
func (m *Localiser) Forward(x *graph.Node) *graph.Node {
	x = m.features.Forward(x)                     // [N, 256, H/16, W/16]
	x = m.fc1.Forward(x.Flatten()).LeakyReLU(0.1) // [N, 128]
	return m.fc2.Forward(x)
}

// Landmarks finds the key points of the object in a picture, by the layers of a
// [Localiser].
//
//	x [N, 3, H, W] → l [N, 2·points], the fields l_1x, l_1y, l_2x, …
//
// in shares of the width, height.
//
// Source: cheatsheet §1.6 (landmark detection).
type Landmarks struct{ net *Localiser }

// NewLandmarks makes a Landmarks for pictures of height × width, multiples of 16,
// named below s.
func NewLandmarks(s graph.Scope, height, width, points int) *Landmarks {
	return &Landmarks{newLocaliser(s, height, width, 2*points)}
}

// Forward returns l [N, 2·points] of x [N, 3, H, W]: the middle of the picture and
// what the network adds.
func (m *Landmarks) Forward(x *graph.Node) *graph.Node { return m.net.Forward(x).Shift(0.5) }
