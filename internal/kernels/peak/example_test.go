package peak_test

import (
	"fmt"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/par"
	"github.com/hocsau/hocsau/internal/kernels/peak"
)

func Example() {
	pool := par.New(1)
	defer pool.Close()
	if flops := peak.Measure(pool); flops >= 0 {
		fmt.Println("measured")
	}
	// Output: measured
}

func TestMeasure_whereThereIsAssembly(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	got := peak.Measure(pool)
	if have := cpu.Level() > cpu.Generic; have != (got > 0) {
		t.Errorf("%v operations a second at level %v", got, cpu.Level())
	}
}

func TestBandwidth_whereThereIsAssembly(t *testing.T) {
	pool := par.New(2)
	defer pool.Close()
	got := peak.Bandwidth(pool, make([]float32, 100_003))
	if have := cpu.Level() > cpu.Generic; have != (got > 0) {
		t.Errorf("%v bytes a second at level %v", got, cpu.Level())
	}
	if got := peak.Bandwidth(pool, make([]float32, 255)); got != 0 {
		t.Errorf("%v bytes a second of less than a block a thread, want 0", got)
	}
}
