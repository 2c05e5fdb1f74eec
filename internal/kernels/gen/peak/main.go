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
	read("read256", emit.Y)
	read("read512", emit.Z)
	Generate()
}

// fma multiplies and adds into twelve independent accumulators, n times. The
// numbers are not zero: a processor may run faster on those.
func fma(name string, regs []reg.VecPhysical) {
	TEXT(name, NOSPLIT, "func(n int)")
	Doc(name + " does 12 fused multiplications and additions of a vector, n times.")
	n := Load(Param("n"), GP64())
	for _, r := range regs[:12] {
		VXORPS(r, r, r)
	}
	for i, bits := range []uint32{0x3f7fbe77, 0x3f333aab} { // 0.999, 0.7, about
		x := GP32()
		MOVL(U32(bits), x)
		VMOVD(x, regs[12+i].AsX())
		VBROADCASTSS(regs[12+i].AsX(), regs[12+i])
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

// read adds up n times 512 bytes.
func read(name string, regs []reg.VecPhysical) {
	TEXT(name, NOSPLIT, "func(p *byte, n int)")
	Doc(name + " reads n times 512 bytes from p on.")
	p := Load(Param("p"), GP64())
	n := Load(Param("n"), GP64())
	bytes := 32
	if regs[0] == reg.Z0 {
		bytes = 64
	}
	for _, r := range regs[:8] {
		VXORPS(r, r, r)
	}
	Label("again")
	for at := 0; at < 512; at += bytes {
		r := regs[at/bytes%8]
		VADDPS(Mem{Base: p, Disp: at}, r, r)
	}
	ADDQ(U32(512), p)
	DECQ(n)
	JNZ(LabelRef("again"))
	VZEROUPPER()
	RET()
}
