package metrics_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/metrics"
)

func referenceFaces(t *testing.T, c *golden.Case) {
	if d := c.Params.String("distance"); d != "squared" {
		t.Fatalf("distance %q", d)
	}
	threshold := c.Params.Float("threshold")
	if c.Op == "face_verification" {
		a := c.Tensor("input.a")
		d, err := metrics.SquaredDistances(a.F64, c.Tensor("input.b").F64, a.Shape[1])
		check(t, err)
		c.Check("output.distance", d, a.Shape[:1])
		same := make([]int, len(d))
		for i, yes := range metrics.Verify(d, threshold) {
			if yes {
				same[i] = 1
			}
		}
		c.CheckInts("output.same", same, a.Shape[:1])
		return
	}
	database, query := c.Tensor("input.database"), c.Tensor("input.query")
	d, nearest, err := metrics.Identify(database.F64, query.F64, database.Shape[1], threshold)
	check(t, err)
	c.Check("output.distance", d, []int{query.Shape[0], database.Shape[0]})
	c.CheckInts("output.index", nearest, query.Shape[:1])
}

func TestVerify_atTheThreshold(t *testing.T) {
	if got, want := metrics.Verify([]float64{0.5, 0.75, math.NaN()}, 0.5), []bool{true, false, false}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestIdentify_unknown(t *testing.T) {
	database := []float64{0, 0, 3, 0, 3, 0}
	queries := []float64{3, 1, 9, 9, math.NaN(), 0}
	distances, nearest, err := metrics.Identify(database, queries, 2, 1)
	check(t, err)
	if want := []int{1, metrics.Unknown, metrics.Unknown}; !slices.Equal(nearest, want) {
		t.Errorf("nearest %v, want %v", nearest, want)
	}
	if want := []float64{10, 1, 1}; !slices.Equal(distances[:3], want) {
		t.Errorf("distances %v, want %v", distances[:3], want)
	}
	_, nearest, err = metrics.Identify(nil, queries, 2, 1)
	if err != nil || !slices.Equal(nearest, []int{-1, -1, -1}) {
		t.Errorf("empty database: %v, %v", nearest, err)
	}
}

func TestVerify_wrongUse(t *testing.T) {
	if _, err := metrics.SquaredDistances([]float64{1, 2}, []float64{1}, 2); err == nil || !strings.Contains(err.Error(), "squared distances") {
		t.Errorf("lengths: %v", err)
	}
	if _, _, err := metrics.Identify([]float64{1, 2, 3}, []float64{1, 2}, 2, 1); err == nil || !strings.Contains(err.Error(), "identify") {
		t.Errorf("odd database: %v", err)
	}
	if _, _, err := metrics.Identify([]float64{1, 2}, []float64{1, 2}, 2, math.NaN()); err == nil || !strings.Contains(err.Error(), "threshold is NaN") {
		t.Errorf("threshold: %v", err)
	}
}
