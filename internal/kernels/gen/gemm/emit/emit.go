// Package emit writes the parts that the matrix and convolution tiles share.
package emit

import (
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A Set is the instruction set to write for.
type Set struct {
	Lanes int               // float32 in a vector register
	Rows  int               // of the tallest tile of two vectors
	Regs  []reg.VecPhysical // the vector registers
}

// AVX2 is 256-bit vectors with FMA.
func AVX2() Set { return Set{Lanes: 8, Rows: 6, Regs: Y} }

// AVX512 is 512-bit vectors.
func AVX512() Set { return Set{Lanes: 16, Rows: 14, Regs: Z} }

// Parse returns the set of a command's -set flag.
func Parse(name string) Set {
	switch name {
	case "avx2":
		return AVX2()
	case "avx512":
		return AVX512()
	}
	fmt.Fprintf(os.Stderr, "-set %s: expected avx2 or avx512\n", name)
	os.Exit(2)
	return Set{}
}

// Wide reports whether the set is AVX-512, which has mask registers.
func (s Set) Wide() bool { return s.Lanes == 16 }

// The flags of a tile, as in the Go declarations.
const (
	FlagAccumulate = 1 << iota
	FlagReLU
	FlagLeaky
	FlagBiasRows
	FlagBiasColumns
)

// Y are the registers of AVX2, Z those of AVX-512.
var Y = []reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
	reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
}

var Z = []reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

// Acc is a tile of accumulators, rows times vectors, in the first registers.
type Acc struct {
	Set
	Rows, Vectors int
}

// At returns the accumulator of a row and vector.
func (a Acc) At(r, v int) reg.VecPhysical { return a.Regs[r*a.Vectors+v] }

// Zero clears the tile.
func (a Acc) Zero() {
	for r := range a.Rows {
		for v := range a.Vectors {
			VXORPS(a.At(r, v), a.At(r, v), a.At(r, v))
		}
	}
}

// Rows addresses up to fourteen rows that lie a stride apart.
type Rows struct {
	base reg.Register
	odd  map[int]reg.Register // odd multiples of the stride
}

// NewRows computes the multiples of the stride that n rows need.
func NewRows(n int, base, stride reg.GPVirtual) Rows {
	r := Rows{base: base, odd: map[int]reg.Register{1: stride}}
	for i := 3; i < n; i += 2 {
		m := GP64()
		switch i {
		case 3, 5, 9:
			LEAQ(Mem{Base: stride, Index: stride, Scale: uint8(i - 1)}, m)
		default: // 7, 11, 13 are 4 or 8 more than one that is there
			far := 8
			if i == 7 {
				far = 4
			}
			LEAQ(Mem{Base: r.odd[i-far], Index: stride, Scale: uint8(far)}, m)
		}
		r.odd[i] = m
	}
	return r
}

// From returns rows as far apart from another base.
func (r Rows) From(base reg.Register) Rows { return Rows{base: base, odd: r.odd} }

// At returns the address of row i, disp bytes further on.
func (r Rows) At(i, disp int) Mem {
	m := Mem{Base: r.base, Disp: disp}
	if i == 0 {
		return m
	}
	scale := 1
	for i%2 == 0 {
		i, scale = i/2, 2*scale
	}
	m.Index, m.Scale = r.odd[i], uint8(scale)
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
func (a Acc) All() []reg.VecPhysical { return a.Regs[:a.Rows*a.Vectors] }

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

// constants are those already written, by their bits.
var constants = map[uint32]Mem{}

// Bits returns copies of a 32-bit constant in memory, always as many.
func Bits(v uint32, copies int) Mem {
	if m, ok := constants[v]; ok {
		return m
	}
	m := GLOBL(Name("c%08x", v), 8|16) // RODATA|NOPTR
	for i := range copies {
		DATA(4*i, U32(v))
	}
	constants[v] = m
	return m
}
