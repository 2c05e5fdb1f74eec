package cpu

import "golang.org/x/sys/cpu"

func sets() []Set {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return []Set{Generic}
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL:
		return []Set{Generic, AVX2, AVX512}
	}
	return []Set{Generic, AVX2}
}
