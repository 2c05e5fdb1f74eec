package vec

import (
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
	"pgregory.net/rapid"
)

// TestTranspose_property compares with the definition, index by index.
func TestTranspose_property(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		axes := rapid.IntRange(1, 5).Draw(t, "axes")
		largest := []int{0, 300, 80, 20, 9, 5}[axes]
		shape := rapid.SliceOfN(rapid.IntRange(1, largest), axes, axes).Draw(t, "shape")
		order := make([]int, axes)
		for i := range order {
			order[i] = i
		}
		perm := rapid.Permutation(order).Draw(t, "perm")
		step := make([]int, axes)
		total := 1
		for i := axes - 1; i >= 0; i-- {
			step[i] = total
			total *= shape[i]
		}
		x := numbers(t, "x", total, false)
		y, check := guarded(total)
		Transpose(pool, shape, perm, x, y)
		check(t)
		wide64 := make([]float64, total)
		Transpose(pool, shape, perm, wide(x), wide64)
		near(t, "float64", narrow(wide64), y, 0, 0)
		for i := range y {
			at := 0
			for k, rest := axes-1, i; k >= 0; k-- {
				at += rest % shape[perm[k]] * step[perm[k]]
				rest /= shape[perm[k]]
			}
			if y[i] != x[at] {
				t.Fatalf("element %d is %v, want x[%d] = %v", i, y[i], at, x[at])
			}
		}
	})
}

// TestTranspose_large takes the tiled way over several bands and threads.
func TestTranspose_large(t *testing.T) {
	pool := par.New(3)
	defer pool.Close()
	const n, a, b = 3, 77, 203
	x, y := make([]float32, n*a*b), make([]float32, n*a*b)
	for i := range x {
		x[i] = float32(i)
	}
	Transpose(pool, []int{n, a, b}, []int{0, 2, 1}, x, y)
	for i := range y {
		k, c, r := i/(a*b), i/a%b, i%a
		if want := float32(k*a*b + r*b + c); y[i] != want {
			t.Fatalf("element %d is %v, want %v", i, y[i], want)
		}
	}
}

// TestCopyStrided_property cuts a box out and puts it elsewhere.
func TestCopyStrided_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		axes := rapid.IntRange(0, 4).Draw(t, "axes")
		shape := make([]int, axes)
		strides := [2][]int{make([]int, axes), make([]int, axes)}
		size := [2]int{1, 1}
		total := 1
		for i := axes - 1; i >= 0; i-- {
			shape[i] = rapid.IntRange(0, 7).Draw(t, "size")
			total *= shape[i]
			for k := range 2 {
				strides[k][i] = size[k]
				size[k] *= max(1, shape[i]) + rapid.IntRange(0, 2).Draw(t, "gap")
			}
			if rapid.IntRange(0, 4).Draw(t, "repeat") == 0 {
				strides[0][i] = 0
			}
		}
		x := numbers(t, "x", size[0], false)
		got, check := guarded(size[1])
		want, _ := guarded(size[1])
		CopyStrided(nil, shape, strides[0], strides[1], x, got)
		check(t)
		for i := range total {
			var at [2]int
			for k, rest := axes-1, i; k >= 0; k-- {
				at[0] += rest % shape[k] * strides[0][k]
				at[1] += rest % shape[k] * strides[1][k]
				rest /= shape[k]
			}
			want[at[1]] = x[at[0]]
		}
		near(t, "y", got, want, 0, 0)
	})
}

func TestGatherScatter_property(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		rows, dim := rapid.IntRange(1, 9).Draw(t, "rows"), rapid.SampledFrom([]int{1, 5, 32, 33, 100}).Draw(t, "dim")
		ids := rapid.SliceOf(rapid.IntRange(0, rows-1)).Draw(t, "ids")
		padding := rapid.IntRange(-1, rows-1).Draw(t, "padding")
		table := numbers(t, "table", rows*dim, false)
		out, check := guarded(len(ids) * dim)
		Gather(pool, rows, dim, table, ids, out)
		check(t)
		for i := range out {
			if out[i] != table[ids[i/dim]*dim+i%dim] {
				t.Fatalf("element %d of the gathered rows is %v", i, out[i])
			}
		}
		got, check := guarded(rows * dim)
		clear(got)
		want := make([]float32, rows*dim)
		ScatterAdd(pool, rows, dim, ids, out, got, padding)
		check(t)
		for i, v := range out {
			if id := ids[i/dim]; id != padding {
				want[id*dim+i%dim] += v
			}
		}
		near(t, "table", got, want, 0, 0)
		ZeroRows(dim, ids, got)
		for i, v := range got {
			if v != 0 {
				t.Fatalf("element %d is %v after its row was cleared", i, v)
			}
		}
	})
}
