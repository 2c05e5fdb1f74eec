package cooccur

import (
	"math/bits"
	"slices"

	"github.com/hocsau/hocsau/datasets/text"
)

// units are the weights of distances as whole numbers, so that sums are exact in any order.
type units struct {
	one  uint64   // what a weight of 1 is
	dist []uint64 // [window], of distance d at d − 1
}

// newUnits takes the least common multiple of the distances for 1; from a window of 23 on, where that would leave less
// than 2³⁶ for sums, 2²⁸, in which 1/d is rounded to 2⁻²⁹.
func newUnits(window int, weighting text.Weighting) units {
	u := units{one: 1, dist: make([]uint64, window)}
	if weighting == text.Flat {
		for i := range u.dist {
			u.dist[i] = 1
		}
		return u
	}
	for d := 2; d <= window; d++ {
		u.one = u.one / gcd(u.one, uint64(d)) * uint64(d)
		if u.one > 1<<28 {
			u.one = 1 << 28
			break
		}
	}
	for i := range u.dist {
		d := uint64(i + 1)
		u.dist[i] = (u.one + d/2) / d
	}
	return u
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// maxDense bounds the bytes of a triangle: it pays while it stays in the processor's cache.
const maxDense = 16 << 20

// triangle holds the counts of frequent words, i ≤ j with (i + 1)·(j + 1) at most a limit.
type triangle struct {
	words int
	end   []int32 // of row i: cells j = i … end[i] − 1
	base  []int   // cell (i, j) is at base[i] + j
	size  int
}

// newTriangle makes the largest triangle of at most size cells.
func newTriangle(words, size int) triangle {
	rows := func(limit int) (n, cells int) {
		for i := 0; i < words; i++ {
			end := min(words, limit/(i+1))
			if end <= i {
				return i, cells
			}
			cells += end - i
		}
		return words, cells
	}
	low, high := 0, size+1 // low fits
	for high-low > 1 {
		mid := (low + high) / 2
		if _, cells := rows(mid); cells <= size {
			low = mid
		} else {
			high = mid
		}
	}
	n, _ := rows(low)
	t := triangle{words: words, end: make([]int32, n), base: make([]int, n)}
	for i := range n {
		end := min(words, low/(i+1))
		t.end[i], t.base[i] = int32(end), t.size-i
		t.size += end - i
	}
	return t
}

// batch is what is counted between two writes: frequent pairs in a triangle, others as a list.
type batch struct {
	units
	triangle
	cells []uint64 // [size], in units
	pairs []uint64 // (i·words + j)<<8 | (distance − 1), i ≤ j

	scratch []uint64 // as long as pairs can get; used by each

	sentences, tokens int64 // that are counted once this is on disk
	whole             bool
}

func newBatch(u units, t triangle, pairs int, scratch []uint64) *batch {
	return &batch{units: u, triangle: t, cells: make([]uint64, t.size), pairs: make([]uint64, 0, pairs), scratch: scratch}
}

// add counts a word with those before it, the nearest last.
func (b *batch) add(id int32, before []int32) {
	for k := len(before) - 1; k >= 0; k-- {
		d := len(before) - 1 - k
		i, j := before[k], id
		if i > j {
			i, j = j, i
		}
		if int(i) < len(b.end) && j < b.end[i] {
			b.cells[b.base[i]+int(j)] += b.dist[d]
			continue
		}
		b.pairs = append(b.pairs, (uint64(i)*uint64(b.words)+uint64(j))<<8|uint64(d))
	}
}

func (b *batch) reset() {
	clear(b.cells)
	b.pairs = b.pairs[:0]
}

// each calls f with the pairs (i·words + j, count in units) in rising order, i ≤ j.
func (b *batch) each(f func(key, count uint64) error) error {
	sorted := sortPairs(b.pairs, b.scratch, uint64(b.words))
	at := 0
	// next counts the pair at the head of the list.
	next := func() (key, count uint64) {
		key = sorted[at] >> 8
		for ; at < len(sorted) && sorted[at]>>8 == key; at++ {
			count += b.dist[sorted[at]&255]
		}
		return key, count
	}
	for i, end := range b.end {
		for j := i; j < int(end); j++ {
			n := b.cells[b.base[i]+j]
			if n == 0 {
				continue
			}
			key := uint64(i)*uint64(b.words) + uint64(j)
			for at < len(sorted) && sorted[at]>>8 < key {
				if err := f(next()); err != nil {
					return err
				}
			}
			if err := f(key, n); err != nil {
				return err
			}
		}
	}
	for at < len(sorted) {
		if err := f(next()); err != nil {
			return err
		}
	}
	return nil
}

// sortPairs sorts by all but the lowest 8 bits: from the lowest digit of 11 bits to the highest, each pass stable. The
// result is x or the beginning of scratch.
func sortPairs(x, scratch []uint64, words uint64) []uint64 {
	const digit = 11
	if len(x) < 1<<digit {
		slices.Sort(x)
		return x
	}
	width := bits.Len64(words*words - 1)
	from, to := x, scratch[:len(x)]
	for shift := 8; shift < 8+width; shift += digit {
		var starts [1 << digit]int
		for _, v := range from {
			starts[v>>shift&(1<<digit-1)]++
		}
		sum := 0
		for i, n := range starts {
			starts[i] = sum
			sum += n
		}
		for _, v := range from {
			d := v >> shift & (1<<digit - 1)
			to[starts[d]] = v
			starts[d]++
		}
		from, to = to, from
	}
	return from
}
