package datasets_test

import (
	"testing"

	"github.com/hocsau/hocsau/datasets"
)

// Epochs gives what a loader of each epoch gives, from a batch in its middle and
// again after Close.
func TestEpochs(t *testing.T) {
	d := count{n: 11}
	for _, drop := range []bool{false, true} {
		e := datasets.NewEpochs(d, datasets.LoaderOptions{Batch: 4, Seed: 3, DropLast: drop})
		if _, err := e.Next(); err == nil {
			t.Error("a batch before the first epoch, expected an error")
		}
		for epoch, skip := range []int{0, 2, 1} {
			l := datasets.NewLoader(d, datasets.LoaderOptions{Batch: 4, Seed: 3, DropLast: drop, Epoch: epoch, Skip: skip})
			e.Begin(epoch, skip)
			n := skip
			for ; l.Next(); n++ {
				b, err := e.Next()
				if err != nil {
					t.Fatal(err)
				}
				for i, at := range l.Batch().Index {
					if b.Index[i] != at || b.X[i] != l.Batch().X[i] {
						t.Fatalf("epoch %d, batch %d, example %d: index %d, expected %d", epoch, n, i, b.Index[i], at)
					}
				}
			}
			if n != e.Steps() {
				t.Errorf("%d batches, Steps says %d", n, e.Steps())
			}
			if _, err := e.Next(); err == nil {
				t.Error("a batch after the last, expected an error")
			}
			if epoch == 1 {
				e.Close()
			}
		}
		e.Close()
	}
}

// Without data there is no batch and no panic.
func TestEpochs_withoutData(t *testing.T) {
	e := datasets.NewEpochs(nil, datasets.LoaderOptions{Batch: 4})
	e.Begin(0, 0)
	if _, err := e.Next(); err == nil || e.Steps() != 0 {
		t.Errorf("%d steps, error %v, expected none and an error", e.Steps(), err)
	}
	e.Close()
}
