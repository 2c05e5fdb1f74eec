package zoo

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// MLP is a plain network with one hidden layer and ReLU: the one-to-one kind
// of the cheatsheet's table.
//
//	x [N, …] → logits [N, classes]
//
// Source: cheatsheet §2.1.
type MLP struct {
	fc1, fc2 *nn.Linear
}

// NewMLP makes an MLP for inputs of so many numbers, whose parameters are named
// below s.
func NewMLP(s graph.Scope, in, hidden, classes int) *MLP {
	return &MLP{
		fc1: nn.NewLinear(s.At("fc1"), in, hidden),
		fc2: nn.NewLinear(s.At("fc2"), hidden, classes),
	}
}

// Forward returns the logits [N, classes] of x [N, …].
func (m *MLP) Forward(x *graph.Node) *graph.Node {
	return m.fc2.Forward(m.fc1.Forward(x.Flatten()).ReLU())
}
