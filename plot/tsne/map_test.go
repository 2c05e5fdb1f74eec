package tsne

import (
	"context"
	"strings"
	"testing"
)

func TestMap(t *testing.T) {
	x := make([]float32, 12*2)
	labels := make([]string, 12)
	for i := range labels {
		x[2*i], x[2*i+1] = float32(i%2*10), float32(i)/10
		labels[i] = []string{"even", "odd"}[i%2]
	}
	o := Options{Perplexity: 3, Exact: true, Steps: 50}
	m, err := Map(context.Background(), "parity", x, 2, labels, o)
	if err != nil || len(m.Points) != 12 || m.Title != "parity" {
		t.Fatalf("%v, %v", m, err)
	}
	for i, p := range m.Points {
		if p.Label != labels[i] || p.Group != i%2+1 {
			t.Errorf("point %d: %+v, expected label %s in group %d", i, p, labels[i], i%2+1)
		}
	}
	for i := range labels {
		labels[i] = string(rune('a' + i))
	}
	if m, err = Map(context.Background(), "", x, 2, labels, o); err != nil || m.Points[3].Group != 0 {
		t.Errorf("labels of their own: %+v, %v; expected no groups", m.Points[3], err)
	}
	if _, err = Map(context.Background(), "", x[:5], 2, labels, o); err == nil || !strings.Contains(err.Error(), "5 numbers, 12 labels") {
		t.Errorf("too few numbers: %v", err)
	}
}
