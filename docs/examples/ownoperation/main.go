// Command ownoperation adds operations to a graph in three ways: by those that are
// there, by one of Gorgonia's, by a new one with its gradient.
package main

import (
	"fmt"
	"hash"
	"hash/fnv"
	"log"
	"math"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
)

// swish is x·σ(x), of operations that are there. This is the usual way: the
// gradient follows, and the machine knows all of them.
func swish(x *graph.Node) *graph.Node { return x.Mul(x.Sigmoid()) }

// softplus is log(1 + eˣ) by Gorgonia's own function.
func softplus(x *graph.Node) *graph.Node {
	n, err := gorgonia.Softplus(x.Gorgonia())
	if err != nil {
		return x.Fail(err)
	}
	return x.Graph().Wrap(n)
}

// erf is the error function of each element of a vector, which neither has. Its
// derivative is 2/√π·e^(−x²).
type erf struct{}

// Arity returns the number of operands.
func (erf) Arity() int { return 1 }

// Type says that a vector becomes a vector.
func (erf) Type() hm.Type {
	v := gorgonia.TensorType{Dims: 1, Of: tensor.Float64}
	return hm.NewFnType(v, v)
}

// InferShape returns the operand's shape.
func (erf) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	shape, ok := in[0].(tensor.Shape)
	if !ok {
		return nil, errors.Errorf("erf: operand %v, expected one with a shape", in[0])
	}
	return shape.Clone(), nil
}

// Do computes the result.
func (erf) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	x, ok := in[0].Data().([]float64)
	if !ok {
		return nil, errors.Errorf("erf: %T, expected float64", in[0].Data())
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Erf(v)
	}
	return tensor.New(tensor.WithShape(len(y)), tensor.WithBacking(y)), nil
}

// DiffWRT says that there is a derivative.
func (erf) DiffWRT(int) []bool { return []bool{true} }

// SymDiff returns the node of the gradient: grad·2/√π·e^(−x²).
func (erf) SymDiff(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	square, err := gorgonia.Square(in[0])
	if err != nil {
		return nil, err
	}
	negative, err := gorgonia.Neg(square)
	if err != nil {
		return nil, err
	}
	bell, err := gorgonia.Exp(negative)
	if err != nil {
		return nil, err
	}
	slope, err := gorgonia.Mul(bell, gorgonia.NewConstant(2/math.Sqrt(math.Pi)))
	if err != nil {
		return nil, err
	}
	d, err := gorgonia.HadamardProd(slope, grad)
	return gorgonia.Nodes{d}, err
}

// The rest tells Gorgonia what the operation is.

// ReturnsPtr says that the result is a value of its own.
func (erf) ReturnsPtr() bool { return false }

// CallsExtern says that no C is called.
func (erf) CallsExtern() bool { return false }

// OverwritesInput says that the operand stays.
func (erf) OverwritesInput() int { return -1 }

// WriteHash writes what tells this operation from others.
func (erf) WriteHash(h hash.Hash) { _, _ = h.Write([]byte("erf")) }

// Hashcode returns the hash.
func (e erf) Hashcode() uint32 { h := fnv.New32a(); e.WriteHash(h); return h.Sum32() }

// String returns the name, which errors use.
func (erf) String() string { return "Erf" }

// check runs an operation and compares its gradient with finite differences.
func check(name string, f func(x *graph.Node) *graph.Node) error {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Scope().Param("x", nn.Normal(0, 1), 5)
	program, err := g.Compile(f(x).Sum())
	if err != nil {
		return err
	}
	if err := program.Run(); err != nil {
		return err
	}
	report, err := gradcheck.Check(program, gradcheck.Opts{Most: -1})
	if err != nil {
		return err
	}
	fmt.Printf("%s: sum %.4f, gradient right: %t\n", name, program.Loss(), report.Worst().Right(1e-6))
	return nil
}

func main() {
	for name, f := range map[string]func(*graph.Node) *graph.Node{
		"swish":    swish,
		"softplus": softplus,
		"erf":      func(x *graph.Node) *graph.Node { return x.Graph().Apply(erf{}, x) },
	} {
		if err := check(name, f); err != nil {
			log.Fatal(err)
		}
	}
}
