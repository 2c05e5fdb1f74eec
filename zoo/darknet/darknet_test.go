package darknet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/darknet"
	"github.com/hocsau/hocsau/zoo/decode"
)

// head is a network of one convolution with batch norm on pictures of 2×2.
const head = `
[net]
width=2
height=2
channels=1

# one anchor, one class
[convolutional]
batch_normalize=1
filters=6
size=1
stride=1
pad=1
activation=linear
[yolo]
mask=1
anchors=9,9, 1,2
classes=1
`

// numbers returns a file of the given version and numbers.
func numbers(minor uint32, values ...float32) []byte {
	var b bytes.Buffer
	write := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // into memory
	write([]uint32{0, minor, 5})
	if minor >= 2 {
		write(uint64(7))
	} else {
		write(uint32(7))
	}
	write(values)
	return b.Bytes()
}

// headNumbers are β, γ, μ, σ², w of the six filters.
func headNumbers() []float32 {
	beta := []float32{0, 0, 0, 0, -3, 2}
	gamma := []float32{1, 1, 1, 1, 2, 1}
	mean := []float32{0, 0, 0, 0, 1, 0}
	variance := []float32{1, 1, 1, 1, 4, 1}
	weights := []float32{1, -1, 0, 0.5, 5, 0}
	all := append(append(append(append(beta, gamma...), mean...), variance...), weights...)
	return all
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDetector_byHand: the only cell with a pixel of 1 holds the object.
func TestDetector_byHand(t *testing.T) {
	for _, minor := range []uint32{1, 2} {
		d, err := darknet.Open(write(t, "a.cfg", []byte(head)), write(t, "a.weights", numbers(minor, headNumbers()...)))
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.Detect([]float32{0, 0, 1, 0}, 1, decode.SuppressOptions{ScoreMin: 0.3, IoU: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		if len(found[0]) != 1 {
			t.Fatalf("found %+v, want one box", found[0])
		}
		sigma := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
		norm := func(x, gamma, mean, variance, beta float64) float64 {
			return gamma*(x-mean)/math.Sqrt(variance+1e-5) + beta
		}
		one := norm(1, 1, 0, 1, 0)
		got, want := found[0][0], decode.Detection{
			Score: sigma(norm(5, 2, 1, 4, -3)) * sigma(2),
			Box: box.Center{
				X: sigma(one) / 2, Y: (sigma(-one) + 1) / 2, // lower left cell
				W: 0.5 * math.Exp(0), H: 1 * math.Exp(one/2),
			}.Box(),
		}
		const rounding = 1e-6 // of float32
		if math.Abs(got.Score-want.Score) > rounding || 1-box.IoU(got.Box, want.Box) > 1e-5 || got.Class != 0 {
			t.Errorf("version 0.%d: found %+v, want %+v", minor, got, want)
		}
	}
}

// TestDetector_together: goroutines that detect in different numbers of pictures
// get the answers that one alone gets.
func TestDetector_together(t *testing.T) {
	d, err := darknet.Open(write(t, "a.cfg", []byte(head)), write(t, "a.weights", numbers(2, headNumbers()...)))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(q int) string {
		x := make([]float32, 4*(1+q))
		for i := range x {
			x[i] = float32((i*3+q)%5) / 4
		}
		found, err := d.Detect(x, 1+q, decode.SuppressOptions{ScoreMin: 0.01, IoU: 0.5})
		return fmt.Sprint(found, err, d.Classes())
	}
	var want [4]string
	for q := range want {
		want[q] = ask(q)
	}
	// A new detector: its networks are made at once.
	if d, err = darknet.Open(write(t, "a.cfg", []byte(head)), write(t, "a.weights", numbers(2, headNumbers()...))); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				if q := (g + i) % len(want); ask(q) != want[q] {
					t.Errorf("question %d has another answer than alone", q)
				}
			}
		})
	}
	wg.Wait()
}

// TestConfig_layers: routes, shortcuts, pooling and grouped convolutions have
// the shapes that darknet gives them.
func TestConfig_layers(t *testing.T) {
	c, err := darknet.ParseConfig(strings.NewReader(`
[net]
width=16
height=8
channels=4
[convolutional]
filters=4
groups=2
size=3
stride=2
pad=1
activation=leaky
[maxpool]
size=2
stride=2
[convolutional]
filters=8
size=1
activation=mish
[upsample]
stride=2
[route]
layers=-1,0
[route]
layers=-2
groups=2
group_id=1
[maxpool]
size=5
stride=1
[convolutional]
filters=4
size=5
groups=4
pad=1
activation=swish
[shortcut]
from=-3
activation=relu
[dropout]
[convolutional]
filters=14
size=1
[region]
anchors=1,1, 2,3
classes=2
`))
	if err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	out, err := c.Build(g.Scope(), g.Input("x", 2, 4, 8, 16))
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 1 || out[0].Rows != 4 || out[0].Cols != 8 {
		t.Errorf("outputs %+v, want one of 4×8", out)
	}
	for name, want := range map[string][]int{
		"0.weight": {4, 2, 3, 3}, "2.weight": {8, 4, 1, 1}, "7.weight": {4, 1, 5, 5}, "10.weight": {14, 4, 1, 1}, "10.bias": {14},
	} {
		p := store.Param(name)
		if p == nil {
			t.Errorf("no parameter %s", name)
			continue
		}
		for i, d := range p.Shape() {
			if d != want[i] {
				t.Errorf("%s: shape %v, want %v", name, p.Shape(), want)
			}
		}
	}
}

func TestOpen_refuses(t *testing.T) {
	good := numbers(2, headNumbers()...)
	edit := func(from, to string) string { return strings.Replace(head, from, to, 1) }
	nan := headNumbers()
	nan[3] = float32(math.NaN())
	for _, c := range []struct {
		name, cfg string
		weights   []byte
		want      string
	}{
		{"empty", "", good, "0 sections, expected [net] with layers behind it"},
		{"no section", "size=3\n", good, `line 1: "size=3", expected a setting such as size=3 below a section`},
		{"bracket", "[net\n", good, `line 1: "[net", expected a section`},
		{"huge picture", edit("width=2", "width=99999999"), good, "width is 99999999, expected 1 to 16384"},
		{"no number", edit("filters=6", "filters=six"), good, `line 8: [convolutional]: filters is "six", expected a whole number`},
		{"layer", edit("[yolo]", "[lstm]"), good, "line 15: [lstm]: unknown layer, expected convolutional"},
		{"activation", edit("activation=linear", "activation=selu"), good, `unknown activation "selu"`},
		{"route", edit("[yolo]", "[route]\nlayers=-5\n[yolo]"), good, "layers has -5, expected one of the 1 layers before"},
		{"no route", edit("[yolo]", "[route]\n[yolo]"), good, "no layers, expected earlier layers"},
		{"maps", edit("classes=1", "classes=2"), good, "the layer before has 6 maps, expected 7 for 1 anchors, 2 classes"},
		{"mask", edit("mask=1", "mask=4"), good, "mask [4] of 2 anchors"},
		{"anchors", edit("1,2", "1"), good, "3 anchor numbers, expected pairs"},
		{"anchor", edit("1,2", "1,0"), good, "anchor 1, 0, expected sizes above 0"},
		{"groups", edit("size=1", "size=1\ngroups=4"), good, "6 filters in 4 groups, expected a multiple"},
		{"no head", strings.Split(head, "[yolo]")[0], good, "no [yolo] or [region] layer"},
		{"shapes", edit("[yolo]", "[maxpool]\nsize=2\nstride=2\n[shortcut]\nfrom=-2\n[yolo]"), good, "[shortcut]: shapes [1 6 1 1], [1 6 2 2] of layer 0, expected equal ones"},
		{"short weights", head, good[:len(good)-4], "the file ends in layer 0, [convolutional] of line 8, expected 30 numbers up to there"},
		{"long weights", head, append(good[:len(good):len(good)], 0, 0, 0, 0), "1 numbers are left over, expected 30"},
		{"cut weights", head, good[:len(good)-1], "expected a header of 20 with numbers of 4 behind it"},
		{"no weights", head, nil, "0 bytes, expected a header of at least 16"},
		{"no darknet", head, bytes.Repeat([]byte("text"), 9), "expected a darknet file"},
		{"not a number", head, numbers(2, nan...), "number 3 is NaN"},
		{"huge filters", edit("size=1", "size=16384"), good, "line 8: [convolutional]: 1610612742 weights, expected at most the 30 that are left"},
		{"huge padding", edit("pad=1", "padding=16384"), good, "line 8: [convolutional]: 6443237404 numbers a picture up to this layer, of [6 32770 32770], expected at most 536870912"},
		{"huge pictures", edit("width=2\nheight=2\nchannels=1", "width=16384\nheight=16384\nchannels=3"), good, "pictures of 3×16384×16384 numbers, expected at most 536870912"},
	} {
		_, err := darknet.Open(write(t, "a.cfg", []byte(c.cfg)), write(t, "a.weights", c.weights))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	if _, err := darknet.Open("nowhere.cfg", "nowhere.weights"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestYOLOFastest runs a published network on photographs. The boxes, in pixels,
// are those of an independent program in PyTorch on the same files.
func TestYOLOFastest(t *testing.T) {
	data := os.Getenv("HOCSAU_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	weights := filepath.Join(data, "weights", "yolo-fastest-1.1-coco", "yolo-fastest-1.1")
	if _, err := os.Stat(weights + ".cfg"); err != nil {
		t.Skipf("no %s.cfg", weights)
	}
	d, err := darknet.Open(weights+".cfg", weights+".weights")
	if err != nil {
		t.Fatal(err)
	}
	if d.Classes() != 80 {
		t.Errorf("%d classes, want COCO's 80", d.Classes())
	}
	const person, car, bird, dog, horse, giraffe = 0, 2, 14, 16, 17, 23
	for _, want := range []struct {
		file  string
		class int
		score float64
		box   box.Box
	}{
		{"eagle", bird, 0.895, box.Box{X1: 217.0, Y1: 88.9, X2: 590.7, Y2: 444.0}},
		{"person", person, 0.985, box.Box{X1: 183.2, Y1: 88.1, X2: 270.0, Y2: 378.8}},
		{"person", dog, 0.866, box.Box{X1: 73.9, Y1: 260.2, X2: 211.8, Y2: 353.0}},
		{"giraffe", giraffe, 0.956, box.Box{X1: 160.7, Y1: -12.2, X2: 415.4, Y2: 442.3}},
		{"horses", horse, 0.829, box.Box{X1: 415.2, Y1: 212.8, X2: 598.5, Y2: 345.2}},
		{"horses", horse, 0.758, box.Box{X1: -8.7, Y1: 182.3, X2: 374.6, Y2: 415.8}},
		{"horses", horse, 0.570, box.Box{X1: 223.6, Y1: 180.0, X2: 438.8, Y2: 381.6}},
		{"dog", car, 0.882, box.Box{X1: 453.6, Y1: 76.4, X2: 684.9, Y2: 182.3}},
		{"dog", dog, 0.680, box.Box{X1: 125.9, Y1: 230.0, X2: 361.1, Y2: 512.4}},
	} {
		p, err := image.Read(filepath.Join(data, "images", want.file+".jpg"), image.Options{Channels: 3})
		if err != nil {
			t.Fatal(err)
		}
		small, err := p.Resize(d.Shape()[1], d.Shape()[2], image.Stretch)
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.Detect(small.Pix, 1, decode.SuppressOptions{ScoreMin: 0.3, IoU: 0.45, PerClass: true})
		if err != nil {
			t.Fatal(err)
		}
		best, score := 0.0, 0.0
		for _, f := range found[0] {
			if v := box.IoU(f.Box.Scale(float64(p.Width), float64(p.Height)), want.box); f.Class == want.class && v > best {
				best, score = v, f.Score
			}
		}
		// the two programs shrink the photograph with other weights
		if best < 0.95 || math.Abs(score-want.score) > 0.03 {
			t.Errorf("%s, class %d: IoU %.3f, score %.3f, want at least 0.95, about %.3f", want.file, want.class, best, score, want.score)
		}
		t.Logf("%s, class %d: IoU %.3f", want.file, want.class, best)
	}
}

// FuzzOpen: a network that is read and is small runs.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(head), numbers(2, headNumbers()...))
	f.Add([]byte(strings.Replace(head, "[yolo]", "[maxpool]\nsize=2\nstride=1\n[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n[shortcut]\nfrom=-1\nactivation=mish\n[upsample]\n[region]", 1)), numbers(1, headNumbers()...))
	dir := f.TempDir()
	cfg, weights := filepath.Join(dir, "a.cfg"), filepath.Join(dir, "a.weights")
	f.Fuzz(func(t *testing.T, config, values []byte) {
		for path, data := range map[string][]byte{cfg: config, weights: values} {
			if err := os.WriteFile(path, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		c, err := darknet.ReadConfig(cfg)
		if err != nil || c.Width*c.Height*c.Channels > 1<<12 || strings.Count(string(config), "upsample") > 1 || bigNumber.Match(config) {
			return // what is allowed and large takes its time
		}
		d, err := darknet.Open(cfg, weights)
		if err != nil {
			return
		}
		shape := d.Shape()
		if _, err := d.Detect(make([]float32, shape[0]*shape[1]*shape[2]), 1, decode.SuppressOptions{ScoreMin: 0.5, IoU: 0.5}); err != nil {
			t.Fatal(err)
		}
	})
}

var bigNumber = regexp.MustCompile(`[0-9]{3}`)
