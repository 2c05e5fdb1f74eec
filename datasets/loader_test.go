package datasets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// count is a set of n examples [2]: example i holds i and -i, label i mod 3.
type count struct {
	n     int
	fails int // index that cannot be read, 0: none
	label int // added to each label
}

func (c count) Len() int          { return c.n }
func (c count) Shape() []int      { return []int{2} }
func (c count) Classes() []string { return []string{"a", "b", "c"} }
func (c count) At(i int, x []float32) (int, error) {
	if c.fails > 0 && i == c.fails {
		return 0, errors.New("unreadable")
	}
	x[0], x[1] = float32(i), float32(-i)
	return i%3 + c.label, nil
}

// read drains l and returns the indices of each batch.
func read(t interface{ Fatalf(string, ...any) }, l *datasets.Loader) [][]int {
	var all [][]int
	for l.Next() {
		b := l.Batch()
		if len(b.X) != 2*b.N || len(b.Y) != b.N || len(b.Index) != b.N {
			t.Fatalf("batch of %d has %d values, %d labels, %d indices", b.N, len(b.X), len(b.Y), len(b.Index))
		}
		for k, i := range b.Index {
			if b.X[2*k] != float32(i) || b.X[2*k+1] != float32(-i) || b.Y[k] != i%3 {
				t.Fatalf("example %d came as %v, label %d", i, b.X[2*k:2*k+2], b.Y[k])
			}
		}
		all = append(all, slices.Clone(b.Index))
	}
	if err := l.Err(); err != nil {
		t.Fatalf("%v", err)
	}
	return all
}

func TestLoader_epochVisitsEachExampleOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		o := datasets.LoaderOptions{
			Batch:      rapid.IntRange(1, 70).Draw(t, "batch"),
			Sequential: rapid.Bool().Draw(t, "sequential"),
			Seed:       rapid.Uint64().Draw(t, "seed"),
			Epoch:      rapid.IntRange(0, 5).Draw(t, "epoch"),
			Workers:    rapid.IntRange(0, 5).Draw(t, "workers"),
			Ahead:      rapid.IntRange(0, 5).Draw(t, "ahead"),
		}
		o.DropLast = n >= o.Batch && rapid.Bool().Draw(t, "drop")
		l := datasets.NewLoader(count{n: n}, o)
		defer l.Close()
		batches := read(t, l)
		if len(batches) != l.Len() {
			t.Fatalf("%d batches, Len says %d", len(batches), l.Len())
		}
		got := slices.Concat(batches...)
		want := datasets.Permutation(n, o.Seed, o.Epoch)
		if o.Sequential {
			slices.Sort(want)
		}
		if o.DropLast {
			want = want[:n/o.Batch*o.Batch]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("order %v, expected %v", got, want)
		}
		for k, b := range batches {
			if k < len(batches)-1 && len(b) != o.Batch {
				t.Fatalf("batch %d of %d has %d examples, expected %d", k, len(batches), len(b), o.Batch)
			}
		}

		o.Skip = rapid.IntRange(0, len(batches)).Draw(t, "skip")
		o.Workers = rapid.IntRange(1, 5).Draw(t, "other workers")
		rest := datasets.NewLoader(count{n: n}, o)
		defer rest.Close()
		if got, want := read(t, rest), batches[o.Skip:]; !slices.EqualFunc(got, want, slices.Equal[[]int]) {
			t.Fatalf("after %d batches are left out: %v, expected %v", o.Skip, got, want)
		}
	})
}

func TestPermutation(t *testing.T) {
	// The order is part of the contract of resume, so it must not drift.
	if diff := cmp.Diff([]int{3, 2, 8, 7, 1, 0, 4, 5, 6, 9}, datasets.Permutation(10, 1, 0)); diff != "" {
		t.Errorf("seed 1, epoch 0: %s", diff)
	}
	seen := map[string]bool{}
	for seed := range uint64(10) {
		for epoch := range 10 {
			p := datasets.Permutation(20, seed, epoch)
			var name strings.Builder
			for _, i := range p {
				name.WriteByte(byte('a' + i))
			}
			if seen[name.String()] {
				t.Errorf("seed %d, epoch %d: the order of an earlier epoch", seed, epoch)
			}
			seen[name.String()] = true
		}
	}
	// Each number is equally often first: 1,000 draws of 10 lie within 100 ± 4σ.
	first := make([]int, 10)
	for epoch := range 1000 {
		first[datasets.Permutation(10, 7, epoch)[0]]++
	}
	for i, k := range first {
		if k < 62 || k > 138 {
			t.Errorf("%d is first in %d of 1000 epochs", i, k)
		}
	}
}

func TestLoader_restart(t *testing.T) {
	l := datasets.NewLoader(count{n: 23}, datasets.LoaderOptions{Batch: 5, Seed: 3, Epoch: 1})
	defer l.Close()
	first := read(t, l)
	l.Restart(2, 0)
	l.Next() // broken off
	l.Restart(2, 0)
	second := read(t, l)
	if cmp.Equal(first, second) {
		t.Error("two epochs have one order")
	}
	l.Restart(1, 2)
	if diff := cmp.Diff(first[2:], read(t, l)); diff != "" {
		t.Errorf("epoch 1 again, from batch 2: %s", diff)
	}
	l.Restart(1, 6)
	if l.Next() || l.Err() == nil || !strings.Contains(l.Err().Error(), "batch 6 of epoch 1, which has 5 batches") {
		t.Errorf("beyond the end: %v", l.Err())
	}
	l.Close()
	l.Restart(0, 0)
	if l.Next() || l.Err() == nil {
		t.Error("a closed loader begins again")
	}
}

func TestLoader_transform(t *testing.T) {
	l := datasets.NewLoader(count{n: 9}, datasets.LoaderOptions{Batch: 4, Epoch: 6, Transform: func(x []float32, epoch, index int) {
		x[0], x[1] = float32(epoch), float32(index)
	}})
	defer l.Close()
	for l.Next() {
		b := l.Batch()
		for k, i := range b.Index {
			if b.X[2*k] != 6 || b.X[2*k+1] != float32(i) {
				t.Errorf("example %d: %v", i, b.X[2*k:2*k+2])
			}
		}
	}
}

func TestLoader_steadyStateAllocatesNothing(t *testing.T) {
	l := datasets.NewLoader(count{n: 64 * 300}, datasets.LoaderOptions{Batch: 64})
	defer l.Close()
	for range 5 {
		l.Next()
	}
	var sum int
	if n := testing.AllocsPerRun(200, func() {
		if !l.Next() {
			t.Fatal("end of the epoch")
		}
		sum += l.Batch().N
	}); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func TestLoader_closeInTheMiddle(t *testing.T) {
	for range 20 {
		l := datasets.NewLoader(count{n: 1000}, datasets.LoaderOptions{Batch: 10, Ahead: 4, Workers: 3})
		l.Next()
		l.Close()
		l.Close()
		if l.Next() || l.Err() != nil || l.Batch().N != 0 {
			t.Fatal("a closed loader goes on")
		}
	} // TestMain looks for what is left
}

func TestLoader_errors(t *testing.T) {
	empty, err := datasets.NewInMemory([]int{2}, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data datasets.Dataset
		o    datasets.LoaderOptions
		is   error
		said string
	}{
		{"no batch size", count{n: 3}, datasets.LoaderOptions{}, nil, "batches of 0 examples, expected at least 1"},
		{"negative workers", count{n: 3}, datasets.LoaderOptions{Batch: 1, Workers: -1}, nil, "-1 workers"},
		{"empty", empty, datasets.LoaderOptions{Batch: 1}, datasets.ErrEmpty, "data set is empty"},
		{"nothing left", count{n: 10}, datasets.LoaderOptions{Batch: 64, DropLast: true}, datasets.ErrEmpty, "a batch of 64 is larger than the data, 10 examples"},
		{"skip too far", count{n: 10}, datasets.LoaderOptions{Batch: 4, Skip: 4}, nil, "batch 4 of epoch 0, which has 3 batches"},
		{"unreadable", count{n: 10, fails: 7}, datasets.LoaderOptions{Batch: 4, Sequential: true}, nil, "batch 1 of epoch 0: example 7: unreadable"},
		{"label too large", count{n: 10, label: 1}, datasets.LoaderOptions{Batch: 4, Sequential: true}, datasets.ErrLabel, "example 2: label 3, expected 0 to 2"},
		{"label too small", count{n: 10, label: -1}, datasets.LoaderOptions{Batch: 4, Sequential: true}, datasets.ErrLabel, "example 0: label -1, expected 0 to 2"},
		{"panic", count{n: 10}, datasets.LoaderOptions{Batch: 4, Sequential: true, Transform: func(x []float32, _, i int) {
			_ = x[i/5*2]
		}}, nil, "example 5: panic: runtime error: index out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := datasets.NewLoader(c.data, c.o)
			defer l.Close()
			for l.Next() {
				continue
			}
			err := l.Err()
			if err == nil || !strings.Contains(err.Error(), c.said) {
				t.Fatalf("error %v, expected %q in it", err, c.said)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v is not %v", err, c.is)
			}
		})
	}
}

func BenchmarkLoader(b *testing.B) {
	l := datasets.NewLoader(count{n: 60000}, datasets.LoaderOptions{Batch: 64})
	defer l.Close()
	epoch := 0
	b.ReportAllocs()
	for b.Loop() {
		if !l.Next() {
			epoch++
			l.Restart(epoch, 0)
		}
	}
}
