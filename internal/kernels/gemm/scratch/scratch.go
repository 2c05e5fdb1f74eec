// Package scratch lends working memory that is given back after a call.
//
// A [Buffer] is taken from a free list and returned to it, so that a program
// in steady state allocates nothing; the list grows to the most that was ever
// in use at once. What a buffer holds when it is taken is arbitrary.
//
//	buf := scratch.Take(4 * n)
//	defer buf.Release()
//	panel := scratch.Of[float32](buf, 0, n)
package scratch

import (
	"sync"
	"unsafe"
)

// Align is the alignment in bytes of a buffer's start.
const Align = 64

// A Buffer is a piece of memory on loan.
type Buffer struct {
	mem  []uint64
	skip int // bytes before the first aligned one
	size int
}

// free is a cache of memory; nothing that is computed depends on it.
var free struct {
	sync.Mutex
	list []*Buffer
}

// Take lends a buffer of at least the given number of bytes.
func Take(bytes int) *Buffer {
	free.Lock()
	defer free.Unlock()
	best := -1
	for i, b := range free.list {
		switch {
		case best < 0:
			best = i
		case b.size >= bytes && (free.list[best].size < bytes || b.size < free.list[best].size):
			best = i
		case b.size < bytes && free.list[best].size < bytes && b.size > free.list[best].size:
			best = i
		}
	}
	if best < 0 {
		b := new(Buffer)
		b.grow(bytes)
		return b
	}
	b := free.list[best]
	last := len(free.list) - 1
	free.list[best] = free.list[last]
	free.list = free.list[:last]
	if b.size < bytes {
		b.grow(bytes)
	}
	return b
}

// ample is what a large buffer's size is a multiple of: those that grow often
// leave garbage behind, while pages that nobody touches cost nothing.
const ample = 16 << 20

func (b *Buffer) grow(bytes int) {
	if bytes > 1<<20 {
		bytes = (bytes + ample - 1) / ample * ample
	}
	b.mem = make([]uint64, (bytes+Align)/8+1)
	start := uintptr(unsafe.Pointer(unsafe.SliceData(b.mem)))
	b.skip = int(-start & (Align - 1))
	b.size = len(b.mem)*8 - b.skip
}

// Release gives the buffer back.
func (b *Buffer) Release() {
	free.Lock()
	free.list = append(free.list, b)
	free.Unlock()
}

// Bytes returns the buffer's size.
func (b *Buffer) Bytes() int { return b.size }

// Of returns n numbers of the buffer that begin offset bytes after its start.
func Of[T ~float32 | ~float64 | ~int32 | ~int64](b *Buffer, offset, n int) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if offset < 0 || n < 0 || offset%size != 0 || offset+n*size > b.size {
		panic("scratch: numbers outside the buffer")
	}
	start := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.mem)), b.skip+offset)
	return unsafe.Slice((*T)(start), n)
}

// Round returns bytes rounded up to a multiple of [Align].
func Round(bytes int) int { return (bytes + Align - 1) &^ (Align - 1) }
