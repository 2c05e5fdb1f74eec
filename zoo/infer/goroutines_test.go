package infer_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// TestClassifier_manyGoroutines: sixteen at once get the answers that they would
// get alone.
func TestClassifier_manyGoroutines(t *testing.T) {
	c := classifier(t, "lenet", nil)
	const n, each = 16, 20
	x := noise(n * c.Input().Len())
	size := len(x) / n
	want := make([][]float32, n)
	for i := range n {
		var err error
		if want[i], err = c.Logits(t.Context(), x[i*size:(i+1)*size]); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for range each {
				got, err := c.Logits(t.Context(), x[i*size:(i+1)*size])
				if err != nil || !slices.Equal(got, want[i]) {
					t.Errorf("input %d: %v, %v; want %v", i, got, err, want[i])
					return
				}
				clear(got) // answers share no memory
			}
		})
	}
	wg.Wait()
}

// TestModel_closed: what comes after Close is refused, and a context that is
// done ends the waiting.
func TestModel_closed(t *testing.T) {
	models := catalog.Zoo()
	c := card.New("mlp", card.Classify, "")
	c.Input, c.Classes = &card.Input{Shape: []int{1, 2, 2}}, []string{"a", "b"}
	m, err := infer.New(models, c, graph.NewStore(graph.Float32, 1))
	if err != nil {
		t.Fatal(err)
	}
	user, err := m.Classifier()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := user.Logits(ctx, make([]float32, 4)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if _, err := user.Logits(t.Context(), make([]float32, 3)); err == nil {
		t.Error("three values for an input of four were taken")
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := user.Logits(t.Context(), make([]float32, 4)); !errors.Is(err, infer.ErrClosed) {
		t.Errorf("error %v, want %v", err, infer.ErrClosed)
	}
}
