package onnx_test

import (
	"testing"

	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

func TestReference(t *testing.T) {
	golden.Run(t, "graph/onnx", func(t *testing.T, c *golden.Case) {
		if c.Op != "onnx_run" {
			t.Fatalf("no test for %s", c.Op)
		}
		m, err := onnx.Open(c.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		x := c.Tensor("input.x")
		out, err := m.Session().Run(map[string]*onnx.Array{
			c.Params.String("input"): {Type: onnxfile.Float32, Shape: x.Shape, F: x.F64},
		})
		if err != nil {
			t.Fatal(err)
		}
		y := out[c.Params.String("output")]
		if y == nil {
			t.Fatalf("no output %s", c.Params.String("output"))
		}
		c.Check("output.y", y.F, y.Shape)
	})
}
