package scratch

import (
	"fmt"
	"testing"
	"unsafe"
)

func Example() {
	buf := Take(4 * 3)
	defer buf.Release()
	panel := Of[float32](buf, 0, 3)
	copy(panel, []float32{1, 2, 3})
	fmt.Println(panel)
	// Output: [1 2 3]
}

func TestTake_isAlignedAndLargeEnough(t *testing.T) {
	for _, bytes := range []int{0, 1, 63, 64, 65, 1000, 1 << 20} {
		b := Take(bytes)
		if b.Bytes() < bytes {
			t.Errorf("asked for %d bytes, got %d", bytes, b.Bytes())
		}
		x := Of[float32](b, 0, bytes/4)
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(x))); at%Align != 0 {
			t.Errorf("%d bytes begin at %#x", bytes, at)
		}
		for i := range x {
			x[i] = 1 // the race detector and the runtime see a write outside
		}
		b.Release()
	}
}

func TestTake_lendsEachBufferOnce(t *testing.T) {
	a, b := Take(100), Take(100)
	if a == b {
		t.Error("one buffer was lent twice")
	}
	a.Release()
	b.Release()
}

func TestTake_prefersTheSmallestThatFits(t *testing.T) {
	small, large := Take(1<<10), Take(1<<24)
	want := large.Bytes()
	small.Release()
	large.Release()
	b := Take(1 << 23)
	if b.Bytes() != want {
		t.Errorf("got %d bytes, want the buffer of %d", b.Bytes(), want)
	}
	b.Release()
	if n := testing.AllocsPerRun(10, func() { Take(1 << 23).Release() }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestOf_refusesTheOutside(t *testing.T) {
	b := Take(64)
	defer b.Release()
	for _, bad := range [][2]int{{-4, 1}, {0, b.Bytes()/4 + 1}, {b.Bytes(), 1}, {2, 1}, {0, -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("offset %d, %d numbers: no panic", bad[0], bad[1])
				}
			}()
			Of[float32](b, bad[0], bad[1])
		}()
	}
}
