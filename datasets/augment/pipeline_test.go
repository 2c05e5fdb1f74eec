package augment

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

func everyStep() []Transform {
	return []Transform{
		RandomFlip{Horizontal: 0.5, Vertical: 0.5}, RandomRotation{Degrees: 15}, RandomCrop{Pad: 2}, RandomResizedCrop{MinArea: 0.5},
		RandomColorShift{Max: 0.2}, RandomNoise{Std: 0.05}, RandomBrightness{Max: 0.3}, RandomContrast{Max: 0.3},
		RandomErase{Prob: 0.5}, RandomCutout{Size: 3}, RandomAffine{Degrees: 8, Shift: 0.1, Scale: 0.1},
		Normalization{Mean: []float32{0.5, 0.5, 0.5}, Std: []float32{0.5, 0.5, 0.5}},
	}
}

func picture(index int) []float32 {
	x := make([]float32, 3*8*10)
	for i := range x {
		x[i] = float32((i*7+index*13)%100) / 100
	}
	return x
}

func TestPipeline_isAFunctionOfSeedEpochIndex(t *testing.T) {
	shape := []int{3, 8, 10}
	p, err := NewPipeline(7, shape, everyStep()...)
	if err != nil {
		t.Fatal(err)
	}
	want := make([][]float32, 32)
	for i := range want {
		want[i] = picture(i)
		p.Apply(want[i], 3, i)
	}
	q, err := NewPipeline(7, shape, everyStep()...)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range want { // another order, several goroutines
		wait.Go(func() {
			x := picture(i)
			q.Apply(x, 3, i)
			if !slices.Equal(x, want[i]) {
				t.Errorf("example %d differs", i)
			}
		})
	}
	wait.Wait()
	other, err := NewPipeline(8, shape, everyStep()...)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(x []float32){
		"epoch": func(x []float32) { p.Apply(x, 4, 0) }, "index": func(x []float32) { p.Apply(x, 3, 1) }, "seed": func(x []float32) { other.Apply(x, 3, 0) },
	} {
		x := picture(0)
		change(x)
		if slices.Equal(x, want[0]) {
			t.Errorf("another %s changes nothing", name)
		}
	}
}

func TestTransforms_stayInRange(t *testing.T) {
	for _, step := range everyStep()[:10] {
		p, err := NewPipeline(1, []int{3, 8, 10}, step)
		if err != nil {
			t.Fatal(err)
		}
		changed := false
		for i := range 200 {
			x := picture(i)
			p.Apply(x, 0, i)
			changed = changed || !slices.Equal(x, picture(i))
			for _, v := range x {
				if !(v >= 0 && v <= 1.0001) { // bilinear weights sum to 1 within rounding
					t.Fatalf("%T: value %v", step, v)
				}
			}
		}
		if !changed {
			t.Errorf("%T never changes anything", step)
		}
	}
}

func TestRandomFlip_frequency(t *testing.T) {
	p, err := NewPipeline(1, []int{1, 1, 2}, RandomFlip{Horizontal: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	flips := 0
	const n = 4000
	for i := range n {
		x := []float32{0, 1}
		p.Apply(x, 0, i)
		if x[0] == 1 {
			flips++
		}
	}
	if sigma := math.Sqrt(n * 0.3 * 0.7); math.Abs(float64(flips)-0.3*n) > 4*sigma {
		t.Errorf("%d flips of %d, want about %d", flips, n, int(0.3*n))
	}
}

func TestNewPipeline_failures(t *testing.T) {
	for _, tc := range []struct {
		shape []int
		step  Transform
		says  string
	}{
		{[]int{3, 8}, RandomFlip{}, "shape [3 8], expected [C, H, W]"},
		{[]int{3, 8, 0}, RandomFlip{}, "shape [3 8 0]"},
		{[]int{3, 8, 8}, RandomFlip{Horizontal: 2}, "step 0, augment.RandomFlip: horizontal: found 2, expected 0 to 1"},
		{[]int{3, 8, 8}, RandomCrop{Pad: 9}, "pad: found 9, expected 0 to 8"},
		{[]int{3, 8, 8}, RandomRotation{Degrees: math.NaN()}, "degrees: found NaN"},
		{[]int{3, 8, 8}, RandomResizedCrop{MinArea: 2}, "smallest area: found 2"},
		{[]int{3, 8, 8}, RandomErase{Prob: -1}, "probability: found -1"},
		{[]int{3, 8, 8}, RandomAffine{Scale: 1}, "scale: found 1"},
		{[]int{3, 8, 8}, RandomAffine{Shift: -1}, "shift: found -1"},
		{[]int{3, 8, 8}, RandomCutout{}, "size: found 0"},
		{[]int{3, 8, 8}, RandomNoise{Std: -1}, "deviation: found -1"},
		{[]int{3, 8, 8}, RandomColorShift{Max: 3}, "shift: found 3"},
		{[]int{3, 8, 8}, RandomBrightness{Max: 3}, "brightness: found 3"},
		{[]int{3, 8, 8}, RandomContrast{Max: 3}, "contrast: found 3"},
		{[]int{1, 8, 8}, Normalization{Mean: []float32{1}, Std: []float32{0}}, "deviation of channel 0"},
	} {
		if _, err := NewPipeline(1, tc.shape, tc.step); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%T: got %v, want %q", tc.step, err, tc.says)
		}
	}
}

func BenchmarkPipeline_cifar(b *testing.B) {
	p, err := NewPipeline(1, []int{3, 32, 32}, RandomCrop{Pad: 4}, RandomFlip{Horizontal: 0.5}, Normalization{Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}})
	if err != nil {
		b.Fatal(err)
	}
	x := make([]float32, 3*32*32)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Apply(x, 0, i)
	}
}

// What follows a crop that a reader takes draws the numbers that it would draw behind the crop.
func TestPipeline_cropped(t *testing.T) {
	shape := []int{1, 4, 4}
	whole, err := NewPipeline(3, shape, RandomResizedCrop{}, RandomNoise{Std: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	part, rest, ok := whole.Cropped()
	if !ok {
		t.Fatal("not split")
	}
	for index := range 20 {
		top, left, height, width := part(2, index)
		if top < 0 || left < 0 || height <= 0 || width <= 0 || top+height > 1 || left+width > 1 {
			t.Errorf("part %g, %g, %g, %g", top, left, height, width)
		}
		grey := func() []float32 { return slices.Repeat([]float32{0.5}, 16) } // the same in all parts
		a, b := grey(), grey()
		whole.Apply(a, 2, index)
		rest.Apply(b, 2, index)
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-6 {
				t.Fatalf("example %d, value %d: %v behind the crop, %v without", index, i, a[i], b[i])
			}
		}
	}
	if other, err := NewPipeline(3, shape, RandomNoise{}); err != nil {
		t.Error(err)
	} else if _, _, ok := other.Cropped(); ok {
		t.Error("noise was split off")
	}
}
