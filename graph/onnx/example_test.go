package onnx_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/onnx"
)

// A network leaves as an ONNX file and comes in again.
func Example() {
	store := graph.NewStore(graph.Float32, 1)
	network := func(batch int) ([]*graph.Node, error) {
		g := graph.New(store, graph.Eval)
		w := g.Scope().Param("fc.weight", graph.Constant(0.5), 2, 3)
		return []*graph.Node{g.Input("x", batch, 3).Linear(w, nil).ReLU()}, g.Err()
	}
	var file bytes.Buffer
	if err := onnx.Write(&file, network, onnx.WriteOpts{Name: "example"}); err != nil {
		log.Fatal(err)
	}

	m, err := onnx.Read(file.Bytes(), "")
	if err != nil {
		log.Fatal(err)
	}
	x, err := onnx.NewArray("float", []int{1, 3}, []float64{1, 2, 3}, nil)
	if err != nil {
		log.Fatal(err)
	}
	out, err := m.Session().Run(map[string]*onnx.Array{"x": x})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Inputs()[0])
	fmt.Println(m.Outputs()[0], out["output"].F)
	// Output:
	// x float[N, 3]
	// output float[N, 2] [3 3]
}
