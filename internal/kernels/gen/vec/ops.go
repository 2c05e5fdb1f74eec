package main

import (
	"fmt"
	"github.com/mmcloughlin/avo/x86"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vector = reg.VecVirtual

// lanes is the number of float32 in the vectors that are being written: 8 for
// AVX2, 16 for AVX-512.
var lanes = 8

// register returns a new vector.
func register() vector {
	if lanes == 16 {
		return ZMM()
	}
	return YMM()
}

// wide reports whether AVX-512 is being written. Its comparisons set mask
// registers; maskOf has that of a vector that serves as a mask.
func wide() bool { return lanes == 16 }

var maskOf = map[vector]reg.OpmaskVirtual{}

// expand returns the mask as a vector of −1 and 0.
func expand(k reg.OpmaskVirtual) vector {
	y := register()
	put(x86.VPMOVM2D(k, y))
	maskOf[y] = k
	return y
}

// opmask returns the mask register of a mask, by the signs of its lanes.
func opmask(mask vector) reg.OpmaskVirtual {
	if k, ok := maskOf[mask]; ok {
		return k
	}
	k := K()
	put(x86.VPMOVD2M(mask, k))
	return k
}

// both writes a function's body for AVX2 and, where the package's variable
// avx512 is set, for AVX-512.
func both(body func()) {
	if forAVX512 {
		CMPB(Mem{Symbol: Symbol{Name: "·avx512"}, Base: reg.StaticBase}, U8(0))
		JNE(LabelRef("wide"))
	}
	body()
	if forAVX512 {
		Label("wide")
		lanes = 16
		body()
		lanes = 8
	}
}

// forAVX512 tells whether the package has AVX-512 forms.
var forAVX512 bool

// label makes a label's name unique in its function.
func label(name string) string {
	if wide() {
		return "wide" + name
	}
	return name
}

// constants are those already written, by their bits.
var constants = map[uint32]Mem{}

// bits returns eight copies of a 32-bit constant in memory.
func bits(v uint32) Mem {
	if m, ok := constants[v]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("c%08x", v), 8|16) // RODATA|NOPTR
	for i := range 8 {
		DATA(4*i, U32(v))
	}
	constants[v] = m
	return m
}

// instruction is a form of avo's for any operands.
type instruction func(ops ...Op) (*ir.Instruction, error)

// with puts an instruction whose first operand may be a constant: in AVX-512,
// of which bits has too few copies, the form that copies one number.
func with(plain, copies instruction, b Op, rest ...Op) {
	f := plain
	if m, ok := b.(Mem); ok && wide() && constants[constantBits(m)].Symbol == m.Symbol && m.Symbol.Name != "" {
		f = copies
	}
	put(f(append([]Op{b}, rest...)...))
}

// constantBits returns the number that a constant's name tells.
func constantBits(m Mem) uint32 {
	var v uint32
	if _, err := fmt.Sscanf(m.Symbol.Name, "c%08x", &v); err != nil {
		return 0
	}
	return v
}

func c(v float64) Mem { return bits(math.Float32bits(float32(v))) }

var tailTable Mem

// masks returns the table of eight −1, then eight 0.
func masks() Mem {
	if tailTable.Base == nil {
		tailTable = GLOBL("masks", 8|16)
		for i := range 16 {
			v := uint32(math.MaxUint32)
			if i >= 8 {
				v = 0
			}
			DATA(4*i, U32(v))
		}
	}
	return tailTable
}

// The arithmetic below takes registers, and memory for a last operand b.

func copyOf(a Op) vector { y := register(); with(x86.VMOVUPS, broadcast, a, y); return y }

func broadcast(ops ...Op) (*ir.Instruction, error) { return x86.VBROADCASTSS(ops[0], ops[1]) }

func add(a vector, b Op) vector {
	y := register()
	with(x86.VADDPS, x86.VADDPS_BCST, b, a, y)
	return y
}
func sub(a vector, b Op) vector {
	y := register()
	with(x86.VSUBPS, x86.VSUBPS_BCST, b, a, y)
	return y
}
func mul(a vector, b Op) vector {
	y := register()
	with(x86.VMULPS, x86.VMULPS_BCST, b, a, y)
	return y
}
func div(a vector, b Op) vector {
	y := register()
	with(x86.VDIVPS, x86.VDIVPS_BCST, b, a, y)
	return y
}
func and(a vector, b Op) vector {
	y := register()
	with(x86.VANDPS, x86.VANDPS_BCST, b, a, y)
	return y
}
func or(a vector, b Op) vector { y := register(); with(x86.VORPS, x86.VORPS_BCST, b, a, y); return y }
func xor(a vector, b Op) vector {
	y := register()
	with(x86.VXORPS, x86.VXORPS_BCST, b, a, y)
	return y
}
func root(a vector) vector { y := register(); put(x86.VSQRTPS(a, y)); return y }

// maximum and minimum return b where either is NaN.
func maximum(a vector, b Op) vector {
	y := register()
	with(x86.VMAXPS, x86.VMAXPS_BCST, b, a, y)
	return y
}
func minimum(a vector, b Op) vector {
	y := register()
	with(x86.VMINPS, x86.VMINPS_BCST, b, a, y)
	return y
}

// fma returns a·b + s, fnma −a·b + s.
func fma(a vector, b Op, s Op) vector {
	y := copyOf(s)
	with(x86.VFMADD231PS, x86.VFMADD231PS_BCST, b, a, y)
	return y
}
func fnma(a vector, b Op, s Op) vector {
	y := copyOf(s)
	with(x86.VFNMADD231PS, x86.VFNMADD231PS_BCST, b, a, y)
	return y
}

// choose returns yes where the mask is set, else no.
func choose(mask vector, yes Op, no vector) vector {
	y := register()
	if wide() {
		with(x86.VBLENDMPS, x86.VBLENDMPS_BCST, yes, no, opmask(mask), y)
		return y
	}
	put(x86.VBLENDVPS(mask, yes, no, y))
	return y
}

// Predicates of compare. ne and those that negate are true of NaN.
const (
	lt      = 17 // a < b
	gt      = 30
	eq      = 0
	ne      = 4 // or NaN
	le      = 18
	ge      = 29
	nge     = 25
	nle     = 22
	nan     = 3 // either is NaN
	ordered = 7 // neither is
)

func compare(a vector, predicate int, b Op) vector {
	if wide() {
		k := K()
		by := Imm(uint64(predicate))
		with(func(ops ...Op) (*ir.Instruction, error) { return x86.VCMPPS(by, ops[0], ops[1], ops[2]) },
			func(ops ...Op) (*ir.Instruction, error) { return x86.VCMPPS_BCST(by, ops[0], ops[1], ops[2]) }, b, a, k)
		return expand(k)
	}
	y := register()
	put(x86.VCMPPS(Imm(uint64(predicate)), b, a, y))
	return y
}

func negate(a vector) vector   { return xor(a, bits(0x80000000)) }
func absolute(a vector) vector { return and(a, bits(0x7fffffff)) }

// horner returns the polynomial with these coefficients, lowest first.
func horner(x vector, coefficients []float32) vector {
	n := len(coefficients) - 1
	y := copyOf(c(float64(coefficients[n])))
	for i := n - 1; i >= 0; i-- {
		with(x86.VFMADD213PS, x86.VFMADD213PS_BCST, c(float64(coefficients[i])), x, y)
	}
	return y
}
