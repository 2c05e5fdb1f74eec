package darknet_test

import (
	"fmt"
	"strings"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/darknet"
)

// A network of one layer, whose outputs have three maps a class and box.
func Example() {
	c, err := darknet.ParseConfig(strings.NewReader(`
[net]
width=64
height=32
channels=3
[convolutional]
filters=6
size=3
stride=8
pad=1
activation=linear
[yolo]
anchors=10,10
classes=1
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	out, err := c.Build(g.Scope(), g.Input("x", 1, 3, 32, 64))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out[0].Raw.Shape(), out[0].Rows, out[0].Cols)
	// Output:
	// [1 6 4 8] 4 8
}
