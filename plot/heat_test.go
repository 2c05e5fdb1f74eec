package plot_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/plot"
)

func TestHeat(t *testing.T) {
	x, err := plot.Heat([]float32{0, 0.5, 1, 0}, []float32{0, 1, 2, 4}, [3]int{1, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	red, green, blue := x[:4], x[4:8], x[8:]
	if red[3] < blue[3] || blue[0] < red[0] {
		t.Errorf("red %v, blue %v: want the largest value red, the least blue", red, blue)
	}
	if green[2] != 1 {
		t.Errorf("green %v: want half of the largest value green over white", green)
	}
	if _, err := plot.Heat(make([]float32, 4), make([]float32, 3), [3]int{1, 2, 2}); err == nil || !strings.Contains(err.Error(), "expected 4 over 4") {
		t.Errorf("error %v", err)
	}
	flat, err := plot.Heat(make([]float32, 3), make([]float32, 1), [3]int{3, 1, 1})
	if err != nil || flat[2] == 0 {
		t.Errorf("no heat: %v, %v", flat, err)
	}
}
