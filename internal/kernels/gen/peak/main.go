// Command peak generates the loops of internal/kernels/peak.
//
//	go run ./peak -out ../peak/peak_amd64.s -stubs ../peak/stubs_amd64.go -pkg peak
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hocsau/hocsau/internal/kernels/gen/gemm/emit"
)

func main() {
	ConstraintExpr("amd64")
	fma("fma256", emit.Y)
	fma("fma512", emit.Z)
	Generate()
}

// fma multiplies and adds into twelve independent accumulators, n times.
func fma(name string, regs []reg.VecPhysical) {
	TEXT(name, NOSPLIT, "func(n int)")
	Doc(name + " does 12 fused multiplications and additions of a vector, n times.")
	n := Load(Param("n"), GP64())
	for _, r := range regs[:14] {
		VXORPS(r, r, r)
	}
	Label("again")
	for _, r := range regs[:12] {
		VFMADD231PS(regs[12], regs[13], r)
	}
	DECQ(n)
	JNZ(LabelRef("again"))
	VZEROUPPER()
	RET()
}
