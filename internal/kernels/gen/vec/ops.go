package main

import (
	"fmt"
	"github.com/mmcloughlin/avo/x86"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vector = reg.VecVirtual

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

func copyOf(a Op) vector { y := YMM(); put(x86.VMOVUPS(a, y)); return y }

func add(a vector, b Op) vector { y := YMM(); put(x86.VADDPS(b, a, y)); return y }
func sub(a vector, b Op) vector { y := YMM(); put(x86.VSUBPS(b, a, y)); return y }
func mul(a vector, b Op) vector { y := YMM(); put(x86.VMULPS(b, a, y)); return y }
func div(a vector, b Op) vector { y := YMM(); put(x86.VDIVPS(b, a, y)); return y }
func and(a vector, b Op) vector { y := YMM(); put(x86.VANDPS(b, a, y)); return y }
func or(a vector, b Op) vector  { y := YMM(); put(x86.VORPS(b, a, y)); return y }
func xor(a vector, b Op) vector { y := YMM(); put(x86.VXORPS(b, a, y)); return y }
func root(a vector) vector      { y := YMM(); put(x86.VSQRTPS(a, y)); return y }

// maximum and minimum return b where either is NaN.
func maximum(a vector, b Op) vector { y := YMM(); put(x86.VMAXPS(b, a, y)); return y }
func minimum(a vector, b Op) vector { y := YMM(); put(x86.VMINPS(b, a, y)); return y }

// fma returns a·b + s, fnma −a·b + s.
func fma(a vector, b Op, s Op) vector  { y := copyOf(s); put(x86.VFMADD231PS(b, a, y)); return y }
func fnma(a vector, b Op, s Op) vector { y := copyOf(s); put(x86.VFNMADD231PS(b, a, y)); return y }

// choose returns yes where the mask is set, else no.
func choose(mask vector, yes Op, no vector) vector {
	y := YMM()
	put(x86.VBLENDVPS(mask, yes, no, y))
	return y
}

// Predicates of compare. Those with n are true of NaN.
const (
	lt      = 17 // a < b
	gt      = 30
	eq      = 0
	nge     = 25
	nle     = 22
	nan     = 3 // either is NaN
	ordered = 7 // neither is
)

func compare(a vector, predicate int, b Op) vector {
	y := YMM()
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
		put(x86.VFMADD213PS(c(float64(coefficients[i])), x, y))
	}
	return y
}
