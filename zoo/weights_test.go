package zoo_test

import (
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/cifar"
	"github.com/hocsau/hocsau/datasets/idx"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// shared returns a path below the data folder beside the checkout; without that
// folder the test skips.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "data")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Skipf("no folder %s", dir)
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

// loaded builds a model for batches of that shape and gives it the weights.
func loaded(t *testing.T, path string, rename func(string) string, build func(graph.Scope) nn.Layer, shape ...int) (prog *graph.Program, x, y *graph.Node) {
	t.Helper()
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	x = g.Input("x", shape...)
	y = build(g.Scope()).Forward(x)
	prog, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.Load(path, store, checkpoint.Opts{Rename: rename}); err != nil {
		t.Fatal(err)
	}
	return prog, x, y
}

// right counts the examples of d, each normalised, whose largest logit is the
// label's.
func right(t *testing.T, d datasets.Dataset, mean, std []float32, prog *graph.Program, x, logits *graph.Node) int {
	t.Helper()
	d, err := datasets.Normalized(d, mean, std)
	if err != nil {
		t.Fatal(err)
	}
	size, batch := datasets.Size(d.Shape()), x.Dim(0)
	if d.Len()%batch != 0 {
		t.Fatalf("%d examples, expected a multiple of %d", d.Len(), batch)
	}
	values, labels, count := make([]float32, batch*size), make([]int, batch), 0
	for first := 0; first < d.Len(); first += batch {
		for i := range labels {
			if labels[i], err = d.At(first+i, values[i*size:(i+1)*size]); err != nil {
				t.Fatal(err)
			}
		}
		if err := prog.Run(x.Feed(values)); err != nil {
			t.Fatal(err)
		}
		z, classes := prog.Float32s(logits), logits.Dim(1)
		for i, label := range labels {
			if largest(z[i*classes:(i+1)*classes]) == label {
				count++
			}
		}
	}
	return count
}

func largest(z []float32) int {
	best := 0
	for i, v := range z {
		if v > z[best] {
			best = i
		}
	}
	return best
}

// TestShippedResNet20: the published weights of a CIFAR ResNet-20 are right on
// 915 of the first 1,000 test pictures.
func TestShippedResNet20(t *testing.T) {
	test, err := cifar.Open(shared(t, "cifar-10-batches-bin"), cifar.Test)
	if err != nil {
		t.Fatal(err)
	}
	prog, x, logits := loaded(t, shared(t, "weights", "resnet-cifar10", "resnet20-12fca82f.safetensors"), zoo.ResNetName,
		func(s graph.Scope) nn.Layer { return zoo.NewResNet20(s, 10, zoo.Pad) }, 100, 3, 32, 32)
	n := right(t, test, []float32{0.485, 0.456, 0.406}, []float32{0.229, 0.224, 0.225}, prog, x, logits)
	if share := float64(n) / float64(test.Len()); math.Abs(share-0.915) > 0.001 {
		t.Errorf("%d of %d right, %.4f, want 0.915 ± 0.001", n, test.Len(), share)
	}
}

// TestShippedSqueezeNet10: the authors' weights know a cat and a cup.
func TestShippedSqueezeNet10(t *testing.T) {
	names := lines(t, shared(t, "weights", "squeezenet1_0-imagenet", "imagenet_classes.txt"))
	prog, x, logits := loaded(t, shared(t, "weights", "squeezenet1_0-imagenet", "squeezenet1_0_deepcompression_decoded.safetensors"), zoo.SqueezeNet10Name,
		func(s graph.Scope) nn.Layer { return zoo.NewSqueezeNet10(s, 1000, zoo.SqueezeNetOpts{HeadPad: 1}) }, 1, 3, 227, 227)
	for _, c := range []struct {
		picture, want string
		probability   float64
	}{
		{"chelsea.png", "Egyptian cat", 0.815},
		{"coffee.png", "espresso", 0.984},
	} {
		t.Run(c.picture, func(t *testing.T) {
			if err := prog.Run(x.Feed(caffeInput(t, shared(t, "style", "content", c.picture), 227))); err != nil {
				t.Fatal(err)
			}
			p := probabilities(prog.Float32s(logits))
			order := make([]int, len(p))
			for i := range order {
				order[i] = i
			}
			sort.Slice(order, func(i, j int) bool { return p[order[i]] > p[order[j]] })
			for _, i := range order[:5] {
				t.Logf("%.4f %s", p[i], names[i])
			}
			if got := names[order[0]]; !strings.Contains(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got := p[order[0]]; math.Abs(got-c.probability) > 1e-3 {
				t.Errorf("probability %.4f, want %.3f ± 0.001", got, c.probability)
			}
		})
	}
}

// TestShippedSqueezeNet11: weights without a classifier fill all but it.
func TestShippedSqueezeNet11(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	zoo.NewSqueezeNet11(g.Scope(), 1000, zoo.SqueezeNetOpts{}).Forward(g.Input("x", 1, 3, 224, 224))
	path := shared(t, "weights", "squeezenet1_1-imagenet-notop", "squeezenet1_1_notop.safetensors")
	d, err := checkpoint.Load(path, store, checkpoint.Opts{Lenient: true, Rename: zoo.SqueezeNet11Name})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.String(), "missing: classifier.1.weight, classifier.1.bias"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// caffeInput returns the picture as networks from Caffe expect it: blue, green,
// red from 0 to 255, less the means of ImageNet.
func caffeInput(t *testing.T, path string, side int) []float32 {
	t.Helper()
	p, err := image.Read(path, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	y, err := augment.Resize(augment.Image[float32]{C: 3, H: p.Height, W: p.Width, Pix: p.Pix}, side, side, augment.BilinearSmooth)
	if err != nil {
		t.Fatal(err)
	}
	var out []float32
	for i, mean := range []float32{104, 117, 123} {
		for _, v := range y.Plane(2 - i) {
			out = append(out, 255*v-mean)
		}
	}
	return out
}

func probabilities(z []float32) []float64 {
	p, total := make([]float64, len(z)), 0.0
	top := z[largest(z)]
	for i, v := range z {
		p[i] = math.Exp(float64(v - top))
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
	return p
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// TestShippedMNISTNetwork: published weights load into a network that a user
// wrote, and are right on 99.17 % of the 10,000 test digits.
func TestShippedMNISTNetwork(t *testing.T) {
	_, test, err := idx.Open(shared(t, "mnist"), idx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	prog, x, logits := loaded(t, shared(t, "weights", "mnist-cnn", "mnist.safetensors"), nil,
		func(s graph.Scope) nn.Layer { return newDigitNet(s) }, 100, 1, 28, 28)
	n := right(t, test, []float32{0.1307}, []float32{0.3081}, prog, x, logits)
	if share := float64(n) / float64(test.Len()); math.Abs(share-0.9917) > 0.0001 {
		t.Errorf("%d of %d right, want 0.9917", n, test.Len())
	}
}
