package text

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// poolBatches is how many batches are sorted together: enough for little padding, few enough for chance.
const poolBatches = 50

// Batches groups examples of like length: a shuffle of all, pools of fifty batches sorted by length, cut into
// batches of the given size (the last of a pool may be smaller), their order shuffled. It is a function of the
// lengths, seed, epoch. Each index 0 … len(lengths) − 1 occurs once.
func Batches(lengths []int, size int, seed uint64, epoch int) ([][]int, error) {
	if size <= 0 {
		return nil, errors.Errorf("batches of %d examples, expected at least 1", size)
	}
	r := rand.New(rand.NewPCG(seed, uint64(epoch)))
	order := r.Perm(len(lengths))
	var out [][]int
	for pool := range slices.Chunk(order, poolBatches*size) {
		slices.SortStableFunc(pool, func(a, b int) int { return cmp.Compare(lengths[a], lengths[b]) })
		out = append(out, slices.Collect(slices.Chunk(pool, size))...)
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, nil
}

// Bounds returns at most count lengths, rising, to which sequences are filled up, so that few different sizes
// occur: each bound serves about as many sequences; the last is the longest of all.
func Bounds(lengths []int, count int) ([]int, error) {
	if count <= 0 || len(lengths) == 0 {
		return nil, errors.Errorf("%d bounds of %d lengths, expected at least 1 of each", count, len(lengths))
	}
	sorted := slices.Clone(lengths)
	slices.Sort(sorted)
	var out []int
	for i := 1; i <= count; i++ {
		out = append(out, sorted[max(len(sorted)*i/count-1, 0)])
	}
	return slices.Compact(out), nil
}

// Bound returns the smallest of the rising bounds that is at least n; n itself where none is.
func Bound(bounds []int, n int) int {
	if i, _ := slices.BinarySearch(bounds, n); i < len(bounds) {
		return bounds[i]
	}
	return n
}

// TightBounds returns at most count lengths, rising, to which sequences are filled up with the least filler in all:
//
//	min Σ_i (bound of n_i − n_i) over the choices of bounds, the last of which is the longest length
//
// by dynamic programming over the distinct lengths.
func TightBounds(lengths []int, count int) ([]int, error) {
	if count <= 0 || len(lengths) == 0 {
		return nil, errors.Errorf("%d bounds of %d lengths, expected at least 1 of each", count, len(lengths))
	}
	sorted := slices.Clone(lengths)
	slices.Sort(sorted)
	sizes := slices.Compact(slices.Clone(sorted))
	below := make([]int, len(sizes)) // sequences of at most that length
	for i, n := range sizes {
		below[i], _ = slices.BinarySearch(sorted, n+1)
	}
	// cost[k][j] is the filled length of all sequences up to sizes[j] with k + 1 bounds, the last of them sizes[j].
	cost, from := make([][]int, count), make([][]int, count)
	for k := range cost {
		cost[k], from[k] = make([]int, len(sizes)), make([]int, len(sizes))
		for j, n := range sizes {
			cost[k][j], from[k][j] = n*below[j], -1
			for i := range j {
				if k == 0 {
					break
				}
				if c := cost[k-1][i] + n*(below[j]-below[i]); c < cost[k][j] {
					cost[k][j], from[k][j] = c, i
				}
			}
		}
	}
	var out []int
	for k, j := count-1, len(sizes)-1; j >= 0; k, j = k-1, from[k][j] {
		out = append(out, sizes[j])
	}
	slices.Reverse(out)
	return out, nil
}
