package pages

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// size of a large page in bytes.
const size = 2 << 20

// Large asks for large pages for the part of mem that can be made of them. It
// is a wish: where the system has none, nothing changes.
func Large(mem []uint64) {
	if len(mem) < size/8 {
		return
	}
	skip := int(-uintptr(unsafe.Pointer(&mem[0]))&(size-1)) / 8
	n := (len(mem) - skip) &^ (size/8 - 1)
	if n <= 0 {
		return
	}
	inner := unsafe.Slice((*byte)(unsafe.Pointer(&mem[skip])), 8*n)
	_ = unix.Madvise(inner, unix.MADV_HUGEPAGE)
}
