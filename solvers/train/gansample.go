package train

import (
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
)

// cutScope returns the name below a scope.
func cutScope(name, scope string) (string, bool) { return strings.CutPrefix(name, scope+".") }

// buildSampler makes the program that generates pictures with values from 0 to
// 1 as in use: with running statistics.
func (t *GANTask) buildSampler(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	z := g.Input(noiseName, size.Batch, t.nets.Z)
	x := t.nets.Generator(g.Scope().At(t.sampled))(z, t.classInput(g, size.Batch))
	return compile(nil, x.Shift(1).Scale(0.5))
}

// buildBalance makes the program of the discriminator's verdicts on pictures with
// values from −1 to 1. It is in training mode, in which the discriminator learns,
// but has no loss: running statistics stay as they are.
func (t *GANTask) buildBalance(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	x := t.picturesInput(g, inputName, size.Batch)
	logits := t.nets.Discriminator(g.Scope().At(discriminatorScope))(x, t.classInput(g, size.Batch))
	return compile(nil, logits.Sigmoid())
}

// Noise returns n·Z normal numbers, a function of the seed.
func (t *GANTask) Noise(n int, seed uint64) []float32 {
	z := make([]float32, n*t.nets.Z)
	newNormal().draw(z, seed, sampleNoise, 0)
	return z
}

// Between returns n·Z numbers on the way from one point a [Z] to another, both
// included: the arc
//
//	z(t) = (sin((1 − t)·ω)·a + sin(t·ω)·b)/sin ω,  cos ω = aᵀb/(‖a‖·‖b‖)
//
// along which the length stays what normal numbers have.
//
// Source: arXiv:1609.04468 §2.1.
func Between(a, b []float32, n int) []float32 {
	var ab, aa, bb float64
	for i, v := range a {
		ab, aa, bb = ab+float64(v)*float64(b[i]), aa+float64(v)*float64(v), bb+float64(b[i])*float64(b[i])
	}
	omega := math.Acos(max(-1, min(1, ab/math.Sqrt(aa*bb))))
	z := make([]float32, 0, n*len(a))
	for k := range n {
		t := float64(k) / float64(max(1, n-1))
		p, q := 1-t, t
		if s := math.Sin(omega); s > 1e-6 {
			p, q = math.Sin((1-t)*omega)/s, math.Sin(t*omega)/s
		}
		for i, v := range a {
			z = append(z, float32(p*float64(v)+q*float64(b[i])))
		}
	}
	return z
}

// Generate returns the pictures [N, C, H, W], values from 0 to 1, that the
// generator makes of z [N, Z]. classes [N] are what is asked for; nil where the
// networks know no classes, or for each in turn.
func (t *GANTask) Generate(z []float32, classes []int) ([]float32, error) {
	n := len(z) / t.nets.Z
	if n == 0 || len(z) != n*t.nets.Z {
		return nil, errors.Errorf("generate: %d numbers, expected a multiple of %d", len(z), t.nets.Z)
	}
	classes, err := t.asked(n, classes)
	if err != nil {
		return nil, err
	}
	x := make([]float32, 0, n*datasets.Size(t.nets.Shape))
	for at := 0; at < n; at += evalBatch {
		m := min(evalBatch, n-at)
		err := t.sampler.Use(graph.Size{Batch: m}, func(prog *graph.Program) error {
			if err := t.run(prog, classes[at:at+m], prog.Input(noiseName).Feed(z[at*t.nets.Z:(at+m)*t.nets.Z])); err != nil {
				return err
			}
			x = append(x, prog.Float32s(prog.Fetched(0))...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return x, nil
}

// asked returns the classes that n pictures are asked for.
func (t *GANTask) asked(n int, classes []int) ([]int, error) {
	k := t.nets.Classes
	switch {
	case classes == nil:
		classes = make([]int, n)
		for i := range classes {
			classes[i] = i % max(1, k)
		}
	case k == 0:
		return nil, errors.New("generate: the networks know no classes to ask for")
	case len(classes) != n:
		return nil, errors.Errorf("generate: %d classes for %d pictures", len(classes), n)
	}
	for i, c := range classes {
		if c < 0 || c >= max(1, k) {
			return nil, errors.Errorf("generate: picture %d of class %d, expected 0 to %d", i, c, k-1)
		}
	}
	return classes, nil
}

// JudgeWith has the generator measured by a judge after each epoch, against the
// pictures of val.
func (t *GANTask) JudgeWith(j *Judge, val datasets.Dataset) {
	t.opts.Judge, t.opts.Val, t.real = j, val, nil
}

// JudgeBy measures n generated pictures, of which the judge sees the middle of
// 28×28 pixels, against the features of real ones.
func (t *GANTask) JudgeBy(j *Judge, truth []float64, n int) (Verdict, error) {
	z := make([]float32, n*t.nets.Z)
	t.noise.draw(z, t.opts.Seed, validationNoise, 0)
	x, err := t.Generate(z, nil)
	if err != nil {
		return Verdict{}, err
	}
	return j.Judge(middle(x, t.nets.Shape), truth)
}

// middle returns the middle of 28×28 pixels of grey pictures of a larger shape.
func middle(x []float32, shape []int) []float32 {
	const side = 28
	h, w := shape[1], shape[2]
	if h <= side && w <= side {
		return x
	}
	var out []float32
	for at := 0; at < len(x); at += h * w {
		for y := range side {
			row := at + ((h-side)/2+y)*w + (w-side)/2
			out = append(out, x[row:row+side]...)
		}
	}
	return out
}

// judged is how many generated pictures are measured after an epoch, at most as
// many as there are real ones.
const judged = 5000

// Validate measures the generator by the judge, and how D and G stand to each
// other: d_real and d_fake are the mean probabilities that D gives to real and
// to generated pictures. 0.5 and 0.5 is a draw, 1 and 0 a D that sees through G.
func (t *GANTask) Validate() (Metrics, error) {
	t.warned = ""
	var m Metrics
	if t.opts.Judge != nil && t.opts.Val != nil && t.opts.Val.Len() > 1 {
		if t.real == nil {
			var err error
			if t.real, err = t.opts.Judge.Features(t.opts.Val, judged); err != nil {
				return nil, err
			}
		}
		v, err := t.JudgeBy(t.opts.Judge, t.real, min(judged, len(t.real)/judgeFeatures))
		if err != nil {
			return nil, err
		}
		m = v.Metrics("val_")
		t.warnModes(v)
	}
	dReal, dFake, err := t.weigh()
	if err != nil {
		return nil, err
	}
	t.warnBalance(dReal, dFake)
	if m == nil {
		return nil, nil
	}
	return append(m, Metric{"d_real", dReal}, Metric{"d_fake", dFake}), nil
}

// weighed is how many batches of real and of generated pictures the balance is
// measured on.
const weighed = 4

// weigh returns the mean probabilities that the discriminator gives to real
// pictures and to generated ones.
func (t *GANTask) weigh() (dReal, dFake float64, err error) {
	if err := t.Build(); err != nil {
		return 0, 0, err
	}
	n, size := t.opts.Batch, datasets.Size(t.nets.Shape)
	prog, err := t.balance.For(graph.Size{Batch: n})
	if err != nil {
		return 0, 0, err
	}
	x, y := make([]float32, n*size), make([]int, n)
	batches := min(weighed, t.data.Len()/n)
	for b := range batches {
		for i := range n {
			if y[i], err = t.data.At(b*n+i, x[i*size:(i+1)*size]); err != nil {
				return 0, 0, err
			}
		}
		if err := t.run(prog, y, prog.Input(inputName).Feed(x)); err != nil {
			return 0, 0, err
		}
		dReal += mean(prog.Float32s(prog.Fetched(0))) / float64(batches)
		t.noise.draw(t.z, t.opts.Seed, balanceNoise, b)
		if err := t.run(t.generator, y, t.generator.Input(noiseName).Feed(t.z)); err != nil {
			return 0, 0, err
		}
		if err := t.run(prog, y, prog.Input(inputName).Feed(t.generator.Float32s(t.generator.Fetched(0)))); err != nil {
			return 0, 0, err
		}
		dFake += mean(prog.Float32s(prog.Fetched(0))) / float64(batches)
	}
	return dReal, dFake, nil
}

func mean(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}
