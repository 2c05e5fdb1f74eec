package bench

import (
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/onnx"
)

// imported runs the network of an ONNX file on random numbers; the step feeds its
// inputs and computes its outputs.
func (b *bencher) imported(path string, batch int) (*benchTask, error) {
	m, err := onnx.Open(path)
	if err != nil {
		return nil, err
	}
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	built, err := run.BuildONNX(g, m, batch)
	if errors.Is(err, onnx.ErrUnsupported) {
		return sessionTask(m, batch)
	}
	if err != nil {
		return nil, err
	}
	prog, err := g.Compile(nil, built.Outputs()...)
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	feeds := built.Feed(rand.New(rand.NewPCG(1, 2)))
	examples := 1
	if s := built.Inputs[0].Shape(); len(s) > 0 {
		examples = s[0]
	}
	macs := 0
	for _, l := range g.Layers(built.Outputs()...) {
		macs += l.MACs
	}
	return &benchTask{
		unit: "examples/s", batch: examples, per: float64(examples), flops: 2 * float64(macs),
		step: func() error { return prog.Run(feeds...) },
	}, nil
}

// sessionTask times a network that no single graph computes.
func sessionTask(m *onnx.Model, batch int) (*benchTask, error) {
	inputs := map[string]*onnx.Array{}
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.Inputs() {
		shape, n := make([]int, len(p.Shape)), 1
		for i, d := range p.Shape {
			if shape[i] = d; d < 0 {
				if i > 0 {
					return nil, errors.Errorf("input %s: size %d is free, expected the batch size alone to be", p, i)
				}
				shape[i] = batch
			}
			n *= shape[i]
		}
		floats, ints := make([]float64, n), []int64(nil)
		for i := range floats {
			floats[i] = float64(r.Float32())
		}
		if p.Type != "float" && p.Type != "double" && p.Type != "float16" {
			floats, ints = nil, make([]int64, n)
		}
		var err error
		if inputs[p.Name], err = onnx.NewArray(p.Type, shape, floats, ints); err != nil {
			return nil, err
		}
	}
	s := m.Session()
	return &benchTask{unit: "examples/s", batch: batch, per: float64(batch), step: func() error {
		_, err := s.Run(inputs)
		return err
	}}, nil
}
