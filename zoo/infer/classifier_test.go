package infer_test

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// classifier returns a classifier of the zoo with the weights that it begins with.
func classifier(t *testing.T, name string, shape []int) *infer.Classifier {
	t.Helper()
	models := catalog.Zoo()
	e, err := models.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	c := card.New(name, card.Classify, "")
	c.Input, c.Classes = e.Input(), []string{"a", "b", "c", "d"}
	if shape != nil {
		c.Input.Shape = shape
	}
	m, err := infer.New(models, c, graph.NewStore(graph.Float32, 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	user, err := m.Classifier()
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func noise(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// TestClassifier_aloneAndInBatch: an input has the same logits alone and among
// others. They are the same bits but where a kernel takes another way for few
// pictures.
func TestClassifier_aloneAndInBatch(t *testing.T) {
	for _, e := range catalog.Zoo().Of(card.Classify) {
		if e.Name == catalog.Imported { // its network comes from a file
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			shape := e.Shape
			if shape[0] == 3 {
				shape = []int{3, 64, 64}
			}
			if strings.HasPrefix(e.Name, "vgg") && os.Getenv("HOCSAU_LONG") == "" {
				t.Skip("half a gigabyte of weights; HOCSAU_LONG=1 runs it")
			}
			c := classifier(t, e.Name, shape)
			const n = 5
			x := noise(n * c.Input().Len())
			all, err := c.Logits(t.Context(), x)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				one, err := c.Logits(t.Context(), x[i*len(x)/n:(i+1)*len(x)/n])
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range one {
					if w := all[i*len(one)+k]; math.Abs(float64(v-w)) > 1e-5*(1+math.Abs(float64(v))) {
						t.Errorf("input %d: logit %d is %g alone, %g among %d", i, k, v, w, n)
					}
				}
			}
		})
	}
}
