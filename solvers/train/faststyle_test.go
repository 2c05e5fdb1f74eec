package train

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/solvers"
)

// discs are pictures of 32×32 that differ in their ground.
func discs(n int) *datasets.InMemory {
	var x []float32
	for i := range n {
		p := disc(3, 32, 32)
		for k := range p.Pix {
			p.Pix[k] = min(1, p.Pix[k]+0.02*float32(i%8))
		}
		x = append(x, p.Pix...)
	}
	d, err := datasets.NewInMemory([]int{3, 32, 32}, []string{"disc"}, x, make([]int, n))
	if err != nil {
		panic(err)
	}
	return d
}

func newFastStyle(t *testing.T, epochs int, f *Folder) (*FastStyle, *Loop) {
	t.Helper()
	task, err := NewFastStyle(NewSqueezeNetFeatures("", 1), []StylePicture{{stripes(48, 48), 1}}, discs(16), discs(4), FastStyleOpts{
		Batch: 4, Seed: 1, Width: 4, Blocks: 1, Alpha: 1, Beta: 100, Gamma: 1, StyleSize: 48, Threads: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(task.Close)
	return task, &Loop{Task: task, Solver: solvers.NewAdam(0.01), Epochs: epochs, Folder: f, SaveEvery: time.Hour}
}

func TestFastStyle_learns(t *testing.T) {
	task, loop := newFastStyle(t, 15, nil)
	start, err := task.Evaluate(discs(4))
	if err != nil {
		t.Fatal(err)
	}
	weights := task.Store().Param(featuresScope + ".features.0.weight").Values()
	runLoop(t, loop)
	end, err := task.Evaluate(discs(4))
	if err != nil {
		t.Fatal(err)
	}
	if !(end.Total < start.Total/2) || math.Abs(end.Total-end.Content-100*end.Style-end.Variation) > 1e-6*end.Total {
		t.Errorf("J from %+v to %+v, want a half", start, end)
	}
	plain, err := task.Unpainted(discs(4))
	if err != nil || plain.Content != 0 || !(plain.Total > end.Total) {
		t.Errorf("as they are %+v, %v; painted %+v", plain, err, end)
	}
	if v, ok := loop.Epoch().Validation.Get("val_total_cost"); !ok || math.Abs(v-end.Total) > 1e-9*v {
		t.Errorf("validation says %v, evaluation %v", v, end.Total)
	}
	for i, v := range task.Store().Param(featuresScope + ".features.0.weight").Values() {
		if v != weights[i] {
			t.Fatal("the compared features were trained")
		}
	}
	for _, size := range [][2]int{{1, 1}, {37, 50}, {64, 32}} {
		p, err := task.Paint(disc(1, size[0], size[1]))
		if err != nil || p.Height != size[0] || p.Width != size[1] || p.Channels != 3 {
			t.Errorf("%v: %+v, %v", size, p, err)
		}
	}
	if _, err := task.Paint(&image.Picture{}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("error %v", err)
	}
}

func TestFastStyle_resume(t *testing.T) {
	train := func(dir string, stop int) {
		f := open(t, dir)
		defer f.Close()
		_, loop := newFastStyle(t, 2, f)
		if _, _, err := loop.Resume(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		loop.OnStep = func(Step) {
			if loop.Progress().Step == stop {
				cancel()
			}
		}
		for loop.Next(ctx) {
			continue
		}
	}
	whole, cut := t.TempDir(), t.TempDir()
	train(whole, -1)
	train(cut, 3)
	train(cut, -1)
	if bits(t, whole, LastDir) != bits(t, cut, LastDir) {
		t.Error("interrupted after step 3: other bits")
	}
}

func TestFastStyle_errors(t *testing.T) {
	styles := []StylePicture{{stripes(40, 40), 1}}
	for _, c := range []struct {
		styles []StylePicture
		o      FastStyleOpts
		want   string
	}{
		{styles, FastStyleOpts{Width: 4}, "batch size 0"},
		{nil, FastStyleOpts{Batch: 1, Width: 4}, "no style picture"},
		{styles, FastStyleOpts{Batch: 1}, "width 0"},
	} {
		if _, err := NewFastStyle(NewSqueezeNetFeatures("", 1), c.styles, discs(2), nil, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
	if _, err := NewFastStyle(NewSqueezeNetFeatures("", 1), styles, twoPixels(3), nil, FastStyleOpts{Batch: 1, Width: 4}); err == nil || !strings.Contains(err.Error(), "pictures of shape [1 1 2]") {
		t.Errorf("error %v", err)
	}
}

func TestNewFeatures(t *testing.T) {
	for _, name := range []string{"squeezenet", "squeezenet-torchvision", "vgg19"} {
		n, err := NewFeatures(name, "")
		if err != nil || n.Name() != name {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
	if _, err := NewFeatures("alexnet", ""); err == nil || !strings.Contains(err.Error(), `"alexnet", expected squeezenet`) {
		t.Errorf("error %v", err)
	}
	if _, err := OpenFeatures("none.safetensors"); err == nil || !strings.Contains(err.Error(), "none.safetensors") {
		t.Errorf("error %v", err)
	}
}
