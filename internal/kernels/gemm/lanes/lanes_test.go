package lanes

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestInterleave_andBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		step := rapid.IntRange(1, 20).Draw(t, "step")
		gap := rapid.IntRange(0, 3).Draw(t, "gap")
		src := make([]float32, 8*(n+gap))
		for i := range src {
			src[i] = float32(i + 1)
		}
		var rows [8]int
		for r := range rows {
			rows[7-r] = r * (n + gap)
		}
		dst := make([]float32, (n-1)*step+8+1)
		Interleave(dst, step, src, &rows, n)
		for i := range n {
			for r := range 8 {
				if step < 8 && r >= step && i < n-1 {
					continue // overwritten
				}
				if got, want := dst[i*step+r], src[rows[r]+i]; got != want {
					t.Fatalf("dst[%d·%d+%d] = %v, want %v", i, step, r, got, want)
				}
			}
		}
		if dst[len(dst)-1] != 0 {
			t.Fatal("wrote behind the end")
		}

		tight := make([]float32, 8*n)
		for i := range tight {
			tight[i] = -float32(i + 1)
		}
		back := make([]float32, len(src))
		Deinterleave(back, &rows, tight, n)
		written := 0
		for r := range 8 {
			for i := range n {
				if got, want := back[rows[r]+i], tight[8*i+r]; got != want {
					t.Fatalf("row %d[%d] = %v, want %v", r, i, got, want)
				}
			}
		}
		for _, v := range back {
			if v != 0 {
				written++
			}
		}
		if written != 8*n {
			t.Fatalf("wrote %d numbers, want %d", written, 8*n)
		}
	})
}

func TestInterleave16(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(t, "n")
		step := rapid.IntRange(1, 40).Draw(t, "step")
		gap := rapid.IntRange(0, 3).Draw(t, "gap")
		src := make([]float32, 15*(n+gap)+n)
		for i := range src {
			src[i] = float32(i + 1)
		}
		var rows [16]int
		for r := range rows {
			rows[15-r] = r * (n + gap)
		}
		dst := make([]float32, (n-1)*step+16+1)
		Interleave16(dst, step, src, &rows, n)
		for i := range n {
			for r := range 16 {
				if step < 16 && r >= step && i < n-1 {
					continue // overwritten
				}
				if got, want := dst[i*step+r], src[rows[r]+i]; got != want {
					t.Fatalf("dst[%d·%d+%d] = %v, want %v", i, step, r, got, want)
				}
			}
		}
		if dst[len(dst)-1] != 0 {
			t.Fatal("wrote behind the end")
		}
	})
}

func TestStrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		width := rapid.IntRange(1, 16).Draw(t, "width")
		srcStep := rapid.IntRange(0, 20).Draw(t, "srcStep")
		lanes := (width + 7) / 8 * 8
		dstStep := rapid.IntRange(lanes, 20).Draw(t, "dstStep")
		src := make([]float32, (n-1)*srcStep+width)
		for i := range src {
			src[i] = float32(i + 1)
		}
		dst := make([]float32, (n-1)*dstStep+lanes+1)
		for i := range dst {
			dst[i] = -1
		}
		Strip(dst, dstStep, src, srcStep, width, n)
		for i := range dst {
			want := float32(-1)
			if r, l := i/dstStep, i%dstStep; r < n && l < width {
				want = src[r*srcStep+l]
			} else if r < n && l < lanes {
				want = 0
			}
			if dst[i] != want {
				t.Fatalf("dst[%d] = %v, want %v", i, dst[i], want)
			}
		}
	})
}

func TestTurn16(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(t, "n")
		height := rapid.IntRange(1, 16).Draw(t, "height")
		stride := n + rapid.IntRange(0, 3).Draw(t, "gap")
		src := make([]float32, (height-1)*stride+n)
		for i := range src {
			src[i] = float32(i + 1)
		}
		dst := make([]float32, 16*n+1)
		Turn16(dst, 16, src, stride, height, n)
		for i := range 16 * n {
			if got, want := dst[i], src[min(i%16, height-1)*stride+i/16]; got != want {
				t.Fatalf("dst[%d] = %v, want %v", i, got, want)
			}
		}
		if dst[len(dst)-1] != 0 {
			t.Fatal("wrote behind the end")
		}
	})
}

func TestStrip32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		from := rapid.IntRange(0, 50).Draw(t, "srcStep")
		to := rapid.IntRange(32, 50).Draw(t, "dstStep")
		src := make([]float32, (n-1)*from+32)
		for i := range src {
			src[i] = float32(i + 1)
		}
		dst := make([]float32, n*to+1)
		Strip32(dst, to, src, from, n)
		for i := range dst {
			want := float32(0)
			if r, l := i/to, i%to; r < n && l < 32 {
				want = src[r*from+l]
			}
			if dst[i] != want {
				t.Fatalf("dst[%d] = %v, want %v", i, dst[i], want)
			}
		}
	})
}

func BenchmarkInterleave(b *testing.B) {
	const n = 100
	src, dst := make([]float32, 8*n), make([]float32, 8*n)
	rows := [8]int{0, n, 2 * n, 3 * n, 4 * n, 5 * n, 6 * n, 7 * n}
	b.SetBytes(8 * n * 4)
	for b.Loop() {
		Interleave(dst, 8, src, &rows, n)
	}
}

func BenchmarkDeinterleave(b *testing.B) {
	const n = 100
	src, dst := make([]float32, 8*n), make([]float32, 8*n)
	rows := [8]int{0, n, 2 * n, 3 * n, 4 * n, 5 * n, 6 * n, 7 * n}
	b.SetBytes(8 * n * 4)
	for b.Loop() {
		Deinterleave(dst, &rows, src, n)
	}
}

// BenchmarkInterleave16 transposes rows that lie 2048 numbers, or a few more,
// apart.
func BenchmarkInterleave16(b *testing.B) {
	for _, stride := range []int{25, 200, 1000, 2048} {
		n := min(stride, 512)
		src, dst := make([]float32, 16*stride), make([]float32, 16*n)
		var rows [16]int
		for r := range rows {
			rows[r] = r * stride
		}
		b.Run(strconv.Itoa(stride), func(b *testing.B) {
			b.SetBytes(int64(16 * n * 4))
			for b.Loop() {
				Interleave16(dst, 16, src, &rows, n)
			}
		})
	}
}
