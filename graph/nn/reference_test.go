package nn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/internal/golden"
)

func TestReference(t *testing.T) {
	golden.Run(t, "graph/nn", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "initializer":
			initializer(t, c)
		case "output_size":
			outputSize(t, c)
		case "receptive_field":
			fields, err := nn.ReceptiveField(c.Params.Ints("F"), c.Params.Ints("S"))
			if err != nil {
				t.Fatal(err)
			}
			c.CheckInts("output.R", fields, []int{len(fields)})
		case "layer_parameter_count":
			layerParameters(t, c)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

// constantSource is a source of one number only.
type constantSource uint64

func (s constantSource) Uint64() uint64 { return uint64(s) }

// drawn returns the one value that init draws for a weight of that shape from
// the constant source.
func drawn(init graph.Init, shape []int, s constantSource) float64 {
	v := make([]float64, 1)
	init(rand.New(s), shape, v)
	return v[0]
}

// initializer reads deviation and bound off a source of known numbers: where
// each normal number is z the weight is z·std, where each uniform one is just
// below 1 it is the bound. The moments are those of a sample.
func initializer(t *testing.T, c *golden.Case) {
	t.Helper()
	normal := c.Params.String("distribution") == "normal"
	init := initializers(t, c.Params.String("scheme"), normal)
	shape := c.Params.Ints("shape")

	var std float64
	bound, kurtosis := math.Inf(1), 3.0
	if normal {
		const source = 1 << 20
		std = drawn(init, shape, source) / rand.New(constantSource(source)).NormFloat64()
	} else {
		bound = drawn(init, shape, math.MaxUint64)
		std, kurtosis = bound/math.Sqrt(3), 9./5
	}
	c.Check("output.std", []float64{std}, []int{})
	c.Check("output.bound", []float64{bound}, []int{})

	n := float64(c.Params.Int("samples"))
	d := 6 * std / math.Sqrt(n)
	means := []float64{-d, d}
	e := 6 * math.Sqrt((kurtosis-1)/n)
	variances := []float64{std * std * (1 - e), std * std * (1 + e)}
	c.Check("output.mean_interval", means, []int{2})
	c.Check("output.var_interval", variances, []int{2})

	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	g.Scope().Param("weight", init, shape...)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	values := g.Store().Param("weight").Values()
	if len(values) != int(n) {
		t.Fatalf("%d samples, want %v", len(values), n)
	}
	mean, variance := moments(values)
	if mean < means[0] || mean > means[1] {
		t.Errorf("mean %g, want within %v", mean, means)
	}
	if variance < variances[0] || variance > variances[1] {
		t.Errorf("variance %g, want within %v", variance, variances)
	}
	for _, v := range values {
		if math.Abs(v) > bound {
			t.Fatalf("value %g, want within ±%g", v, bound)
		}
	}
}

func initializers(t *testing.T, scheme string, normal bool) graph.Init {
	t.Helper()
	both := map[string][2]graph.Init{
		"xavier":     {nn.XavierUniform, nn.XavierNormal},
		"he":         {nn.HeUniform, nn.HeNormal},
		"he_fan_out": {nn.HeFanOutUniform, nn.HeFanOutNormal},
		"lecun":      {nn.LeCunUniform, nn.LeCunNormal},
	}
	pair, ok := both[scheme]
	if !ok {
		t.Fatalf("no initialiser %s", scheme)
	}
	if normal {
		return pair[1]
	}
	return pair[0]
}

func moments(values []float64) (mean, variance float64) {
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	for _, v := range values {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(values))
}

// outputSize computes padding and size, and compares the size with that of a
// convolution of the same settings.
func outputSize(t *testing.T, c *golden.Case) {
	t.Helper()
	ints := func(name string) []int { return c.Tensor("input." + name).I64 }
	in, filters, strides := ints("I"), ints("F"), ints("S")
	modes := c.Params.Strings("modes")
	var starts, ends, sizes []int
	for i, m := range ints("mode") {
		start, end := ints("explicit_p_start")[i], ints("explicit_p_end")[i]
		switch modes[m] {
		case nn.Valid.String():
			start, end = 0, 0
		case nn.Same.String():
			start, end = nn.SamePad(in[i], filters[i], strides[i], 1)
		case nn.Full.String():
			var err error
			if start, end, err = nn.FullPad(filters[i], filters[i]-1); err != nil {
				t.Fatal(err)
			}
		}
		size, err := nn.OutputSize(in[i], filters[i], strides[i], start, end)
		if err != nil {
			t.Fatal(err)
		}
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		x, w := g.Input("x", 1, 1, in[i]), g.Input("w", 1, 1, filters[i])
		y := x.Conv(w, nil, graph.ConvOpts{Stride: []int{strides[i]}, Pad: [][2]int{{start, end}}})
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		if y.Dim(2) != size {
			t.Errorf("sample %d: a convolution gives %d, OutputSize %d", i, y.Dim(2), size)
		}
		starts, ends, sizes = append(starts, start), append(ends, end), append(sizes, size)
	}
	shape := []int{len(in)}
	c.CheckInts("output.p_start", starts, shape)
	c.CheckInts("output.p_end", ends, shape)
	c.CheckInts("output.O", sizes, shape)
}

// layerParameters compares the formulas, and the parameters that the layers
// make.
func layerParameters(t *testing.T, c *golden.Case) {
	t.Helper()
	p := c.Params
	f, channels, k, in, out := p.Int("F"), p.Int("C"), p.Int("K"), p.Int("N_in"), p.Int("N_out")
	c.CheckInts("output.conv", []int{nn.ConvParameters(f, channels, k)}, []int{})
	c.CheckInts("output.fc", []int{nn.LinearParameters(in, out)}, []int{})

	c.CheckInts("output.conv", []int{made(t, func(s graph.Scope) { nn.NewConv2d(s, channels, k, f, nn.ConvOpts{}) })}, []int{})
	c.CheckInts("output.fc", []int{made(t, func(s graph.Scope) { nn.NewLinear(s, in, out) })}, []int{})
	c.CheckInts("output.pool", []int{made(t, func(s graph.Scope) { s.Graph().Input("x", 1, channels, f, f).MaxPool2d(f) })}, []int{})
}

// made returns the number of parameters that build makes.
func made(t *testing.T, build func(graph.Scope)) int {
	t.Helper()
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	build(g.Scope())
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range g.Store().Params() {
		n += p.Len()
	}
	return n
}
