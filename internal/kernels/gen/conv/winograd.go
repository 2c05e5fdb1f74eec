package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

// The offsets of the fields of Go's type turnArgs.
const (
	turnSrc = 8 * iota
	turnSrcRow
	turnSrcCol
	turnSrcStep
	turnDst
	turnDstRow
	turnDstCol
	turnDstStep
	turnN
	turnTmp
	turnFlags
	turnBias
	turnSlope = turnBias + 4
)

// vecs is registers of vectors.
type vecs = []reg.VecPhysical

// transform is a linear map from in to out numbers that is applied to both
// axes of a square, in each lane. of reads d, may overwrite it, calls put with
// each result once, and has the registers free to work with.
type transform struct {
	name      string
	in, out   int
	constants []float32
	of        func(d, c, free vecs, put put)
	finish    bool // the results get bias and activation
}

// a and b are the points.
const (
	a = 1 / math.Sqrt2
	b = math.Sqrt2
)

// transforms are those of F(4×4, 3×3) for the points 0, ±a, ±b, ∞ and of F(4×4,
// 2×2) for ±a, ±b, ∞, and their transposes, which give the gradients (Lavin &
// Gray, arXiv:1509.09308; points whose product is 1 round less than the paper's).
var transforms = []transform{
	{name: "Input", in: 6, out: 6, constants: []float32{2, 0.5, a*a + b*b, a, b}, of: func(d, c, free vecs, put put) {
		two, half, sum := c[0], c[1], c[2]
		t, u := free[0], free[1]
		VADDPS(d[4], d[0], d[0])
		VFNMADD231PS(sum, d[2], d[0])
		put(0, d[0])
		VADDPS(d[1], d[5], d[5])
		VFNMADD231PS(sum, d[3], d[5])
		put(5, d[5])
		VMOVAPS(d[4], t)
		VFNMADD231PS(two, d[2], t)
		VMOVAPS(d[3], u)
		VFNMADD231PS(two, d[1], u)
		put.both(1, 2, t, u, c[3], free[2])
		VFNMADD231PS(half, d[2], d[4])
		VFNMADD231PS(half, d[1], d[3])
		put.both(3, 4, d[4], d[3], c[4], free[2])
	}},
	{name: "Output", in: 6, out: 4, constants: []float32{2, 0.5, a, b}, finish: true, of: func(d, c, free vecs, put put) {
		two, half := c[0], c[1]
		sum, difference := pair(d[1], d[2], free[0])
		sum2, difference2 := pair(d[3], d[4], free[1])
		VMULPS(c[2], difference, difference)
		VMULPS(c[3], difference2, difference2)
		VADDPS(sum, d[0], d[0])
		VADDPS(sum2, d[0], d[0])
		put(0, d[0])
		VMULPS(half, sum, sum)
		VFMADD231PS(two, sum2, sum)
		put(2, sum)
		VFMADD231PS(half, difference, d[5])
		VFMADD231PS(two, difference2, d[5])
		put(3, d[5])
		VADDPS(difference2, difference, difference)
		put(1, difference)
	}},
	{name: "Weight", in: 3, out: 6, constants: []float32{2. / 3, 1. / 3, 1. / 6, 2 * a / 3, b / 6}, of: func(d, c, free vecs, put put) {
		t := free[0]
		put(0, d[0])
		put(5, d[2])
		VXORPS(t, t, t)
		VFNMADD231PS(c[0], d[0], t)
		VFNMADD231PS(c[1], d[2], t)
		put.both(2, 1, t, d[1], c[3], free[2])
		VMULPS(c[2], d[0], t)
		VFMADD231PS(c[1], d[2], t)
		put.both(3, 4, t, d[1], c[4], free[2])
	}},
	{name: "Gradient", in: 4, out: 6, constants: []float32{2, 0.5, a, b}, of: func(d, c, free vecs, put put) {
		two, half := c[0], c[1]
		t, u := free[0], free[1]
		put(0, d[0])
		put(5, d[3])
		VMOVAPS(d[0], t)
		VFMADD231PS(half, d[2], t)
		VMOVAPS(d[1], u)
		VFMADD231PS(half, d[3], u)
		put.both(1, 2, t, u, c[2], free[2])
		VFMADD231PS(two, d[2], d[0])
		VFMADD231PS(two, d[3], d[1])
		put.both(3, 4, d[0], d[1], c[3], free[2])
	}},
	{name: "WeightGradient", in: 6, out: 3, constants: []float32{2. / 3, 1. / 3, 1. / 6, 2 * a / 3, b / 6}, of: func(d, c, free vecs, put put) {
		sum, difference := pair(d[1], d[2], free[0])
		sum2, difference2 := pair(d[3], d[4], free[1])
		VFNMADD231PS(c[0], sum, d[0])
		VFMADD231PS(c[2], sum2, d[0])
		put(0, d[0])
		VSUBPS(sum, sum2, sum2)
		VFMADD231PS(c[1], sum2, d[5])
		put(2, d[5])
		VMULPS(c[4], difference2, difference2)
		VFNMADD231PS(c[3], difference, difference2)
		put(1, difference2)
	}},
	{name: "Input5", in: 5, out: 5, constants: []float32{2, 0.5, a*a + b*b, a, b}, of: func(d, c, free vecs, put put) {
		two, half, sum := c[0], c[1], c[2]
		t, u := free[0], free[1]
		VADDPS(d[0], d[4], d[4])
		VFNMADD231PS(sum, d[2], d[4])
		put(4, d[4])
		VMOVAPS(d[3], t)
		VFNMADD231PS(two, d[1], t)
		VMOVAPS(d[2], u)
		VFNMADD231PS(two, d[0], u)
		put.both(0, 1, t, u, c[3], free[2])
		VFNMADD231PS(half, d[1], d[3])
		VFNMADD231PS(half, d[0], d[2])
		put.both(2, 3, d[3], d[2], c[4], free[2])
	}},
	{name: "Output5", in: 5, out: 4, constants: []float32{2, 0.5, a, b}, finish: true, of: func(d, c, free vecs, put put) {
		two, half := c[0], c[1]
		sum, difference := pair(d[0], d[1], free[0])
		sum2, difference2 := pair(d[2], d[3], free[1])
		VMULPS(c[2], difference, difference)
		VMULPS(c[3], difference2, difference2)
		VADDPS(sum2, sum, d[1])
		put(0, d[1])
		VMULPS(half, sum, sum)
		VFMADD231PS(two, sum2, sum)
		put(2, sum)
		VFMADD231PS(half, difference, d[4])
		VFMADD231PS(two, difference2, d[4])
		put(3, d[4])
		VADDPS(difference2, difference, difference)
		put(1, difference)
	}},
	{name: "Weight5", in: 2, out: 5, constants: []float32{1. / 3, b / 3, a / 3}, of: func(d, c, free vecs, put put) {
		put(4, d[1])
		VMULPS(c[0], d[1], d[1])
		VMOVAPS(d[1], free[0])
		put.both(2, 3, free[0], d[0], c[2], free[2])
		VXORPS(free[1], free[1], free[1])
		VSUBPS(d[1], free[1], free[1])
		put.both(1, 0, free[1], d[0], c[1], free[2])
	}},
	{name: "Gradient5", in: 4, out: 5, constants: []float32{2, 0.5, a, b}, of: func(d, c, free vecs, put put) {
		two, half := c[0], c[1]
		t, u := free[0], free[1]
		put(4, d[3])
		VMOVAPS(d[0], t)
		VFMADD231PS(half, d[2], t)
		VMOVAPS(d[1], u)
		VFMADD231PS(half, d[3], u)
		put.both(0, 1, t, u, c[2], free[2])
		VFMADD231PS(two, d[2], d[0])
		VFMADD231PS(two, d[3], d[1])
		put.both(2, 3, d[0], d[1], c[3], free[2])
	}},
	{name: "WeightGradient5", in: 5, out: 2, constants: []float32{1. / 3, b / 3, a / 3}, of: func(d, c, free vecs, put put) {
		sum, difference := pair(d[0], d[1], free[0])
		sum2, difference2 := pair(d[2], d[3], free[1])
		VSUBPS(sum, sum2, sum2)
		VFMADD231PS(c[0], sum2, d[4])
		put(1, d[4])
		VMULPS(c[2], difference2, difference2)
		VFNMADD231PS(c[1], difference, difference2)
		put(0, difference2)
	}},
}

// pair returns the sum and the difference of x and y, in free and x.
func pair(x, y, free reg.VecPhysical) (sum, difference reg.VecPhysical) {
	VADDPS(y, x, free)
	VSUBPS(y, x, x)
	return free, x
}

// put takes a result.
type put func(i int, v reg.VecPhysical)

// both puts x + c·y as result plus, x − c·y as result minus; x is overwritten.
func (p put) both(plus, minus int, x, y, c, free reg.VecPhysical) {
	VMOVAPS(x, free)
	VFMADD231PS(c, y, free)
	VFNMADD231PS(c, y, x)
	p(plus, free)
	p(minus, x)
}

// winograd writes the transforms, and what cuts rows into tiles and joins them.
func winograd(set emit.Set) {
	for _, t := range transforms {
		t.emit(set)
	}
	cut(set, "Cut", 6)
	cut(set, "Weave", 4)
	join(set)
	if set.Wide() {
		cutQuads(set)
		joinQuads(set)
	}
}

// prefixed returns the name of a function for the set.
func prefixed(set emit.Set, name string) string {
	if set.Wide() {
		return "wide" + name
	}
	return "tile" + name
}

// emit writes the function: first along the columns of the square into tmp,
// then along its rows.
func (tr *transform) emit(set emit.Set) {
	constants := make([]Mem, len(tr.constants))
	for i, v := range tr.constants {
		constants[i] = emit.Bits(math.Float32bits(v), 1)
	}
	TEXT(prefixed(set, tr.name), NOSPLIT, "func(t *byte)")
	t := Load(Param("t"), GP64()).(reg.GPVirtual)
	get := fields(t)
	width := 4 * set.Lanes
	d, free := set.Regs[:6], set.Regs[6:10]
	c := set.Regs[10:][:len(tr.constants)]
	for i, m := range constants {
		VBROADCASTSS(m, c[i])
	}
	src, dst, tmp, at := get(turnSrc), get(turnDst), get(turnTmp), GP64()
	srcRows := emit.NewRows(tr.in, at, get(turnSrcRow))
	Label("vector")
	MOVQ(src, at)
	for j := range tr.in {
		for i := range tr.in {
			VMOVUPS(srcRows.At(i, 0), d[i])
		}
		tr.of(d, c, free, func(i int, v reg.VecPhysical) {
			VMOVUPS(v, Mem{Base: tmp, Disp: (i*tr.in + j) * width})
		})
		if j < tr.in-1 {
			ADDQ(Mem{Base: t, Disp: turnSrcCol}, at)
		}
	}
	ADDQ(Mem{Base: t, Disp: turnSrcStep}, src)

	MOVQ(dst, at)
	dstCols := emit.NewRows(tr.out, at, get(turnDstCol))
	bias := set.Regs[14]
	if tr.finish {
		VBROADCASTSS(Mem{Base: t, Disp: turnBias}, bias)
	}
	for i := range tr.out {
		for j := range tr.in {
			VMOVUPS(Mem{Base: tmp, Disp: (i*tr.in + j) * width}, d[j])
		}
		out := make(vecs, tr.out)
		tr.of(d, c, free, func(j int, v reg.VecPhysical) {
			if out[j] = v; !tr.finish {
				VMOVUPS(v, dstCols.At(j, 0))
			}
		})
		if tr.finish {
			for _, v := range out {
				VADDPS(bias, v, v)
			}
			emit.Activate(out, get(turnFlags), Mem{Base: t, Disp: turnSlope}, fmt.Sprintf("row%d", i), free[1:])
			for j, v := range out {
				VMOVUPS(v, dstCols.At(j, 0))
			}
		}
		if i < tr.out-1 {
			ADDQ(Mem{Base: t, Disp: turnDstRow}, at)
		}
	}
	ADDQ(Mem{Base: t, Disp: turnDstStep}, dst)
	DECQ(Mem{Base: t, Disp: turnN})
	JNZ(LabelRef("vector"))
	VZEROUPPER()
	RET()
}
