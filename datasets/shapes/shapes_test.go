package shapes

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hocsau/hocsau/datasets/box"
)

func newSet(t testing.TB, o Options) *Set {
	t.Helper()
	if o.Len == 0 {
		o.Len = 500
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func draw(t testing.TB, s *Set, i int) ([]float32, int) {
	t.Helper()
	x := make([]float32, 3*s.o.Size*s.o.Size)
	label, err := s.At(i, x)
	if err != nil {
		t.Fatal(err)
	}
	return x, label
}

func truth(t testing.TB, s *Set, i int) []Object {
	t.Helper()
	objects, err := s.Truth(i)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestSet_Objects(t *testing.T) {
	var s box.Pictures = newSet(t, Options{Task: Detect})
	objects, err := s.Objects(3)
	if err != nil {
		t.Fatal(err)
	}
	for k, o := range truth(t, s.(*Set), 3) {
		if objects[k].Class != s.Classes()[o.Class] || objects[k].Box != o.Box {
			t.Errorf("object %d: %v, want %v", k, objects[k], o)
		}
	}
}

func TestSet_isAFunctionOfSeedPartIndex(t *testing.T) {
	s := newSet(t, Options{Seed: 5, Part: "train", Task: Detect, Hard: true})
	want, _ := draw(t, s, 17)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			x := make([]float32, len(want))
			if _, err := s.At(17, x); err != nil || !slices.Equal(x, want) {
				t.Errorf("a second drawing differs, %v", err)
			}
		})
	}
	wait.Wait()
	for name, other := range map[string]*Set{
		"seed": newSet(t, Options{Seed: 6, Part: "train", Task: Detect, Hard: true}),
		"part": newSet(t, Options{Seed: 5, Part: "test", Task: Detect, Hard: true}),
	} {
		if x, _ := draw(t, other, 17); slices.Equal(x, want) {
			t.Errorf("another %s gives the same picture", name)
		}
	}
}

func TestSet_tasks(t *testing.T) {
	for _, tc := range []struct {
		task        Task
		least, most int
	}{{Classify, 1, 1}, {Localise, 0, 1}, {Detect, 1, MaxObjects}, {Landmark, 1, 1}} {
		for _, hard := range []bool{false, true} {
			s := newSet(t, Options{Task: tc.task, Hard: hard})
			classes := make([]int, len(s.Classes()))
			counts := map[int]int{}
			for i := range s.Len() {
				objects := truth(t, s, i)
				counts[len(objects)]++
				for _, o := range objects {
					classes[o.Class]++
					b := o.Box
					if !b.Valid() || b.X1 < -1e-9 || b.Y1 < -1e-9 || b.X2 > 1+1e-9 || b.Y2 > 1+1e-9 {
						t.Fatalf("task %d, picture %d: box %v", tc.task, i, b)
					}
					for _, p := range o.Landmarks {
						if p.X < b.X1-1e-9 || p.X > b.X2+1e-9 || p.Y < b.Y1-1e-9 || p.Y > b.Y2+1e-9 {
							t.Fatalf("task %d, picture %d: landmark %v outside %v", tc.task, i, p, b)
						}
					}
				}
			}
			for n := range counts {
				if n < tc.least || n > tc.most {
					t.Errorf("task %d: %d objects in a picture", tc.task, n)
				}
			}
			if counts[tc.least] == 0 || counts[tc.most] == 0 {
				t.Errorf("task %d: counts %v", tc.task, counts)
			}
			for class, n := range classes {
				if n < 20 { // of about 430 to 1,500
					t.Errorf("task %d: class %d occurs %d times", tc.task, class, n)
				}
			}
		}
	}
}

func TestSet_labelIsTheLargestObject(t *testing.T) {
	s := newSet(t, Options{Task: Detect, Len: 50})
	for i := range s.Len() {
		_, label := draw(t, s, i)
		best, area := 0, -1.0
		for _, o := range truth(t, s, i) {
			if o.Box.Area() > area {
				best, area = o.Class, o.Box.Area()
			}
		}
		if label != best {
			t.Errorf("picture %d: label %d, want %d", i, label, best)
		}
	}
}

// The pixels of a shape fill its box to within a pixel: what differs from the background without the
// shape lies inside, and touches all four sides.
func TestDraw_fillsItsBox(t *testing.T) {
	const side = 128
	for _, k := range kinds() {
		for _, turn := range []float64{0, 0.4} {
			f := &figure{kind: &k, x: 60, y: 66, rx: 30, ry: 36, color: rgb{1, 1, 1}}
			f.sin, f.cos = math.Sincos(turn)
			c := canvas{pix: make([]float32, 3*side*side), side: side}
			f.draw(c)
			x1, y1, x2, y2 := side, side, 0, 0
			area := 0.0
			for i, v := range c.pix[:side*side] {
				area += float64(v)
				if v > 0.05 { // a star's tip is thin
					x1, x2, y1, y2 = min(x1, i%side), max(x2, i%side+1), min(y1, i/side), max(y2, i/side+1)
				}
			}
			b := f.bounds()
			for _, d := range []float64{b.X1 - float64(x1), b.Y1 - float64(y1), b.X2 - float64(x2), b.Y2 - float64(y2)} {
				if math.Abs(d) > 1.6 {
					t.Errorf("%s turned by %v: box %v, pixels %d, %d to %d, %d", k.name, turn, b, x1, y1, x2, y2)
					break
				}
			}
			if area < 0.15*b.Area() || area > 1.001*b.Area() {
				t.Errorf("%s: %v pixels in a box of %v", k.name, area, b.Area())
			}
		}
	}
}

// A pixel's value is the share of it that a shape covers: the sum is the area, whatever the place.
func TestDraw_isAntiAliased(t *testing.T) {
	all := kinds()
	for _, dx := range []float64{0, 0.25, 0.5} {
		f := &figure{kind: &all[0], x: 32 + dx, y: 32 + dx/2, rx: 10, ry: 10, cos: 1, color: rgb{1, 1, 1}}
		c := canvas{pix: make([]float32, 3*64*64), side: 64}
		f.draw(c)
		area := 0.0
		for _, v := range c.pix[:64*64] {
			area += float64(v)
		}
		if want := math.Pi * 100; math.Abs(area-want) > 0.01*want {
			t.Errorf("shift %v: area %v, want %v", dx, area, want)
		}
	}
}

func TestKinds_haveUnlikeOutlines(t *testing.T) {
	all := kinds()
	seen := map[string]bool{}
	for _, k := range all {
		if seen[k.name] {
			t.Errorf("two kinds are called %s", k.name)
		}
		seen[k.name] = true
		for i, p := range k.landmarks {
			if d := k.at(p.X, p.Y); math.Abs(d) > 0.05 {
				t.Errorf("%s: landmark %d lies %v from the outline", k.name, i, d)
			}
		}
	}
	for i, a := range all {
		for _, b := range all[:i] { // the share of a grid on which both agree
			same := 0
			for y := -19; y < 20; y += 2 {
				for x := -19; x < 20; x += 2 {
					if (a.at(float64(x)/20, float64(y)/20) < 0) == (b.at(float64(x)/20, float64(y)/20) < 0) {
						same++
					}
				}
			}
			if same > 360 { // of 400
				t.Errorf("%s is like %s: %d of 400 points", a.name, b.name, same)
			}
		}
	}
}

func TestSet_valuesInRange(t *testing.T) {
	for _, hard := range []bool{false, true} {
		s := newSet(t, Options{Task: Detect, Hard: hard, Size: 40, Len: 30})
		for i := range s.Len() {
			x, _ := draw(t, s, i)
			for _, v := range x {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("picture %d: value %v", i, v)
				}
			}
		}
	}
}

func TestFailures(t *testing.T) {
	for says, o := range map[string]Options{
		"size: found 8, expected 16 to 1024 pixels": {Size: 8, Len: 1}, "length: found 0": {}, "task 9 is not known": {Task: 9, Len: 1},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	s := newSet(t, Options{Len: 2})
	if _, err := s.At(2, nil); err == nil || !strings.Contains(err.Error(), "picture 2 of 2") {
		t.Errorf("got %v", err)
	}
	if _, err := s.At(0, nil); err == nil || !strings.Contains(err.Error(), "expected 12288") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]int{3, 64, 64}, s.Shape()); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Truth(-1); err == nil || !strings.Contains(err.Error(), "picture -1 of 2") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Objects(2); err == nil || !strings.Contains(err.Error(), "picture 2 of 2") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkAt(b *testing.B) {
	for name, o := range map[string]Options{"classify": {}, "detect": {Task: Detect}, "detect hard": {Task: Detect, Hard: true}} {
		b.Run(name, func(b *testing.B) {
			o.Len = 1 << 20
			s := newSet(b, o)
			x := make([]float32, 3*64*64)
			for i := 0; b.Loop(); i++ {
				if _, err := s.At(i%o.Len, x); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
		})
	}
}
