package words

import (
	"context"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/cooccur"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// groups of words, groupSize each, occur together: four fifths of a sentence are of one group.
const (
	groups    = 6
	groupSize = 5
)

// grouped writes sentences of n words.
func grouped(sentences, n int) [][]int32 {
	r := rand.New(rand.NewPCG(3, 3))
	all := make([][]int32, sentences)
	for i := range all {
		g := r.IntN(groups)
		for range n {
			if r.IntN(5) == 0 {
				all[i] = append(all[i], int32(r.IntN(groups*groupSize)))
				continue
			}
			all[i] = append(all[i], int32(g*groupSize+r.IntN(groupSize)))
		}
	}
	return all
}

func newCorpus(t testing.TB, sentences [][]int32) *Corpus {
	t.Helper()
	counts := make([]int64, groups*groupSize)
	for _, s := range sentences {
		for _, id := range s {
			counts[id]++
		}
	}
	c := NewCorpus(counts)
	for _, s := range sentences {
		if err := c.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func newBlocks(t testing.TB, sentences [][]int32, side int) *cooccur.Blocks {
	t.Helper()
	sum := map[[2]int]float64{}
	for _, s := range sentences {
		ids := make([]int, len(s))
		for i, id := range s {
			ids[i] = int(id)
		}
		cells, err := text.Cooccurrence(ids, groups*groupSize, 4, text.InverseDistance)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			sum[[2]int{c.Row, c.Col}] += c.Value
		}
	}
	var all []text.Cell
	for i := range groups * groupSize {
		for j := range groups * groupSize {
			if x := sum[[2]int{i, j}]; x > 0 {
				all = append(all, text.Cell{Row: i, Col: j, Value: x})
			}
		}
	}
	b, err := cooccur.InMemory(all, groups*groupSize, side, 1)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// neighbours returns the share of words whose nearest word, by cosine, is of their group.
func neighbours(v []float32, dim int) float64 {
	n, right := len(v)/dim, 0
	row := func(i int) []float32 { return v[i*dim : (i+1)*dim] }
	product := func(a, b []float32) (sum float64) {
		for i, x := range a {
			sum += float64(x) * float64(b[i])
		}
		return sum
	}
	for i := range n {
		best, at := -2.0, 0
		for j := range n {
			if j == i {
				continue
			}
			c := product(row(i), row(j)) / (1e-9 + float64(root(float32(product(row(i), row(i))*product(row(j), row(j))))))
			if c > best {
				best, at = c, j
			}
		}
		if at/groupSize == i/groupSize {
			right++
		}
	}
	return float64(right) / float64(n)
}

// stopAfter is a context that ends when it was asked n times.
type stopAfter struct {
	context.Context
	n int
}

func (s *stopAfter) Err() error {
	if s.n--; s.n < 0 {
		return context.Canceled
	}
	return nil
}
