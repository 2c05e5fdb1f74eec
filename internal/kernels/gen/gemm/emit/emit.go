// Package emit writes the parts that the matrix and convolution tiles share.
package emit

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Lanes is the number of float32 in a vector register.
const Lanes = 8

// The flags of a tile, as in the Go declarations.
const (
	FlagAccumulate = 1 << iota
	FlagReLU
	FlagLeaky
	FlagBiasRows
	FlagBiasColumns
)

// Y are the vector registers.
var Y = []reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
	reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
}

// Acc is a tile of accumulators, rows times vectors, in the first registers.
type Acc struct{ Rows, Vectors int }

// At returns the accumulator of a row and vector.
func (a Acc) At(r, v int) reg.VecPhysical { return Y[r*a.Vectors+v] }

// Zero clears the tile.
func (a Acc) Zero() {
	for r := range a.Rows {
		for v := range a.Vectors {
			VXORPS(a.At(r, v), a.At(r, v), a.At(r, v))
		}
	}
}

// Rows addresses up to six rows that lie a stride apart.
type Rows struct {
	base, s, s3, s5 reg.Register
}

// NewRows computes the multiples of the stride that n rows need.
func NewRows(n int, base, stride reg.GPVirtual) Rows {
	r := Rows{base: base, s: stride}
	if n > 3 {
		s3 := GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, s3)
		r.s3 = s3
	}
	if n > 5 {
		s5 := GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 4}, s5)
		r.s5 = s5
	}
	return r
}

// At returns the address of row i, disp bytes further on.
func (r Rows) At(i, disp int) Mem {
	m := Mem{Base: r.base, Disp: disp}
	switch i {
	case 1, 2, 4:
		m.Index, m.Scale = r.s, uint8(i)
	case 3:
		m.Index, m.Scale = r.s3, 1
	case 5:
		m.Index, m.Scale = r.s5, 1
	}
	return m
}

// Outer adds the products of the rows' scalars, given by address, and the
// vectors b to the tile, with the registers in free for broadcasts.
func (a Acc) Outer(row func(r int) Mem, b, free []reg.VecPhysical) {
	for r := range a.Rows {
		x := free[r%len(free)]
		VBROADCASTSS(row(r), x)
		for v := range a.Vectors {
			VFMADD231PS(b[v], x, a.At(r, v))
		}
	}
}

// All returns the accumulators in use.
func (a Acc) All() []reg.VecPhysical { return Y[:a.Rows*a.Vectors] }

// Activate applies the activation that flags ask for to the registers. label
// makes the labels unique; three free registers are given.
func Activate(ys []reg.VecPhysical, flags reg.Register, slope Mem, label string, free []reg.VecPhysical) {
	TESTQ(U32(FlagReLU|FlagLeaky), flags)
	JZ(LabelRef(label + "store"))
	zero, s, t := free[0], free[1], free[2]
	VXORPS(zero, zero, zero)
	TESTQ(U32(FlagLeaky), flags)
	JNZ(LabelRef(label + "leaky"))
	for _, y := range ys {
		VMAXPS(y, zero, y)
	}
	JMP(LabelRef(label + "store"))
	Label(label + "leaky")
	VBROADCASTSS(slope, s)
	for _, y := range ys {
		VMINPS(y, zero, t)
		VMAXPS(y, zero, y)
		VFMADD231PS(s, t, y)
	}
	Label(label + "store")
}

// Name joins a function's parts.
func Name(format string, args ...any) string { return fmt.Sprintf(format, args...) }
