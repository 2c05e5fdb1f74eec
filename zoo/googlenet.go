package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
)

// auxiliaryWeight is the share of each auxiliary head in the loss.
const auxiliaryWeight = 0.3

// GoogLeNet is nine Inception modules above three convolutions, then global
// average pooling, dropout and a fully connected layer.
//
//	x [N, 3, H, W] → logits [N, classes]; H and W are 224, any from 48 work
//
// Names are conv1, conv2, conv3, inception3a.b1, …, aux1.conv, …, fc.
//
// Source: cheatsheet §1.6.3; arXiv:1409.4842, table 1.
// Differs from the paper: no local response normalisation, which the table
// leaves out.
type GoogLeNet struct {
	conv1, conv2, conv3 *nn.Conv2d
	modules             []*Inception // 3a, 3b, 4a, …, 4e, 5a, 5b
	aux1, aux2          *auxiliaryHead
	drop                *nn.Dropout
	fc                  *nn.Linear
}

// GoogLeNetOpts are the settings of a GoogLeNet; the zero value is the network
// without auxiliary heads.
type GoogLeNetOpts struct {
	// Auxiliary adds the two heads behind modules 4a and 4d, which [GoogLeNet.Loss]
	// uses in training.
	Auxiliary bool
}

// NewGoogLeNet makes a GoogLeNet whose parameters are named below s.
func NewGoogLeNet(s graph.Scope, classes int, o GoogLeNetOpts) *GoogLeNet {
	return newGoogLeNet(s, 1, classes, o)
}

// newGoogLeNet makes a GoogLeNet with the table's numbers of feature maps
// divided by the divisor.
func newGoogLeNet(s graph.Scope, divisor, classes int, o GoogLeNetOpts) *GoogLeNet {
	m := &GoogLeNet{
		conv1: nn.NewConv2d(s.At("conv1"), 3, 64/divisor, 7, nn.ConvOpts{Stride: 2, Pad: 3, Init: nn.HeNormal}),
		conv2: biasedConv(s.At("conv2"), 64/divisor, 64/divisor, 1),
		conv3: biasedConv(s.At("conv3"), 64/divisor, 192/divisor, 3),
	}
	in := 192 / divisor
	for _, row := range googLeNetTable() {
		c := row.channels.over(divisor)
		m.modules = append(m.modules, NewInception(s.At("inception"+row.name), in, c))
		in = c.Out()
		switch {
		case o.Auxiliary && row.name == "4a":
			m.aux1 = newAuxiliaryHead(s.At("aux1"), in, 128/divisor, 1024/divisor, classes)
		case o.Auxiliary && row.name == "4d":
			m.aux2 = newAuxiliaryHead(s.At("aux2"), in, 128/divisor, 1024/divisor, classes)
		}
	}
	m.drop = nn.NewDropout(s.At("dropout"), 0.4)
	m.fc = nn.NewLinear(s.At("fc"), in, classes)
	return m
}

// googLeNetRow is a row of the paper's table.
type googLeNetRow struct {
	name     string
	channels InceptionChannels
}

func googLeNetTable() []googLeNetRow {
	return []googLeNetRow{
		{"3a", InceptionChannels{64, 96, 128, 16, 32, 32}},
		{"3b", InceptionChannels{128, 128, 192, 32, 96, 64}},
		{"4a", InceptionChannels{192, 96, 208, 16, 48, 64}},
		{"4b", InceptionChannels{160, 112, 224, 24, 64, 64}},
		{"4c", InceptionChannels{128, 128, 256, 24, 64, 64}},
		{"4d", InceptionChannels{112, 144, 288, 32, 64, 64}},
		{"4e", InceptionChannels{256, 160, 320, 32, 128, 128}},
		{"5a", InceptionChannels{256, 160, 320, 32, 128, 128}},
		{"5b", InceptionChannels{384, 192, 384, 48, 128, 128}},
	}
}

func (c InceptionChannels) over(d int) InceptionChannels {
	return InceptionChannels{c.One / d, c.ThreeReduce / d, c.Three / d, c.FiveReduce / d, c.Five / d, c.Pool / d}
}

// Forward returns the logits [N, classes] of x [N, 3, H, W].
func (m *GoogLeNet) Forward(x *graph.Node) *graph.Node { return m.Head(m.Features(x)) }

// Features returns the feature maps [N, 1024, H/32, W/32] of the last module.
func (m *GoogLeNet) Features(x *graph.Node) *graph.Node {
	features, _, _ := m.trunk(x)
	return features
}

// Head returns the logits [N, classes] of the feature maps.
func (m *GoogLeNet) Head(features *graph.Node) *graph.Node {
	return m.fc.Forward(m.drop.Forward(features.GlobalAvgPool()))
}

// Loss returns the mean cross-entropy of x [N, 3, H, W] and labels [N], with the
// logits that it is of. Where the network has auxiliary heads, those of a
// graph for training add 0.3 times their own cross-entropy each.
//
// Source: arXiv:1409.4842 §5.
func (m *GoogLeNet) Loss(x, labels *graph.Node) (loss, logits *graph.Node) {
	features, behind4a, behind4d := m.trunk(x)
	logits = m.Head(features)
	loss = losses.CrossEntropy(logits, labels, losses.CrossEntropyOpts{})
	if m.aux1 == nil || x.Graph().Mode() != graph.Train {
		return loss, logits
	}
	one := losses.CrossEntropy(m.aux1.forward(behind4a), labels, losses.CrossEntropyOpts{})
	two := losses.CrossEntropy(m.aux2.forward(behind4d), labels, losses.CrossEntropyOpts{})
	return loss.Add(one.Add(two).Scale(auxiliaryWeight)), logits
}

// trunk returns the feature maps of modules 5b, 4a and 4d.
func (m *GoogLeNet) trunk(x *graph.Node) (last, behind4a, behind4d *graph.Node) {
	x = maxPool3(m.conv1.Forward(x).ReLU()) // [N, 64, H/4, W/4]
	x = m.conv2.Forward(x).ReLU()
	x = maxPool3(m.conv3.Forward(x).ReLU()) // [N, 192, H/8, W/8]
	for i, module := range m.modules {
		x = module.Forward(x)
		switch i {
		case 1, 6: // behind 3b and 4e
			x = maxPool3(x)
		case 2:
			behind4a = x
		case 5:
			behind4d = x
		}
	}
	return x, behind4a, behind4d
}

// auxiliaryHead classifies by the feature maps in the middle of the network, so
// that the layers there get a gradient of their own.
type auxiliaryHead struct {
	conv     *nn.Conv2d
	fc1, fc2 *nn.Linear
	drop     *nn.Dropout
}

func newAuxiliaryHead(s graph.Scope, in, maps, hidden, classes int) *auxiliaryHead {
	return &auxiliaryHead{
		conv: biasedConv(s.At("conv"), in, maps, 1),
		fc1:  nn.NewLinear(s.At("fc1"), maps*4*4, hidden, nn.LinearOpts{Init: nn.HeNormal}),
		fc2:  nn.NewLinear(s.At("fc2"), hidden, classes),
		drop: nn.NewDropout(s.At("dropout"), 0.7),
	}
}

// forward pools windows of 5×5 at every third place, which is 4×4 windows of
// 14×14 feature maps; of other sizes it makes 4×4 as well.
func (h *auxiliaryHead) forward(x *graph.Node) *graph.Node {
	if x.Rank() == 4 && x.Dim(2) == 14 && x.Dim(3) == 14 {
		x = x.AvgPool(graph.PoolOpts{Kernel: []int{5}, Stride: []int{3}})
	} else {
		x = x.AdaptiveAvgPool2d(4, 4)
	}
	x = h.conv.Forward(x).ReLU()          // [N, 128, 4, 4]
	x = h.fc1.Forward(x.Flatten()).ReLU() // [N, 1024]
	return h.fc2.Forward(h.drop.Forward(x))
}
