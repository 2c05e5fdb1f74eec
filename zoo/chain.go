package zoo

import (
	"strconv"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// chain is a Sequential under construction, whose layers are named by their
// position, those without parameters counted, as PyTorch's Sequential does.
type chain struct {
	scope  graph.Scope
	layers nn.Sequential
}

// next returns the scope of the layer that is added next.
func (c *chain) next() graph.Scope { return c.scope.At(strconv.Itoa(len(c.layers))) }

func (c *chain) add(layers ...nn.Layer) { c.layers = append(c.layers, layers...) }

// relu is ReLU as a layer.
func relu() nn.Layer { return nn.Func((*graph.Node).ReLU) }

// leaky is leaky ReLU as a layer.
func leaky(slope float64) nn.Layer {
	return nn.Func(func(x *graph.Node) *graph.Node { return x.LeakyReLU(slope) })
}

// maxPool3 is the maximum over windows of 3×3 at every second place, rounding
// sizes up: what AlexNet's successors use.
func maxPool3(x *graph.Node) *graph.Node {
	return x.MaxPool(graph.PoolOpts{Kernel: []int{3}, Stride: []int{2}, Ceil: true})
}
