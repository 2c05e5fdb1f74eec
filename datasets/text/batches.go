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
