package zoo_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// TestSection1_1_Architecture: input → CONV → POOL → … → FC, the convolutions and
// poolings first, then the fully connected layers on what was flattened.
func TestSection1_1_Architecture(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	y := zoo.NewLeNet(g.Scope(), 10).Forward(g.Input("x", 2, 1, 28, 28))
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	var shapes [][]int
	for _, l := range g.Layers(y) {
		for prefix, kind := range map[string]string{"Conv2d": "CONV", "MaxPool2d": "POOL", "Linear": "FC"} {
			if strings.HasPrefix(l.Operation, prefix) {
				kinds, shapes = append(kinds, kind), append(shapes, l.Output)
			}
		}
	}
	if want := strings.Fields("CONV POOL CONV POOL FC FC FC"); !slices.Equal(kinds, want) {
		t.Errorf("layers %v, want %v", kinds, want)
	}
	for i, want := range [][]int{{2, 6, 28, 28}, {2, 6, 14, 14}, {2, 16, 10, 10}, {2, 16, 5, 5}, {2, 120}, {2, 84}, {2, 10}} {
		if i >= len(shapes) || !slices.Equal(shapes[i], want) {
			t.Errorf("layer %d of %v, want shape %v", i, shapes, want)
		}
	}
}

// TestParameters: the numbers of parameters are those that papers and
// torchvision state.
func TestParameters(t *testing.T) {
	for _, c := range []struct {
		name  string
		input []int
		build func(s graph.Scope) nn.Layer
		want  int
	}{
		{"lenet", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, 10) }, 61706},
		{"resnet18", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return zoo.NewResNet18(s, 1000) }, 11689512},
		{"resnet34", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return zoo.NewResNet34(s, 1000) }, 21797672},
		{"resnet50", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return zoo.NewResNet50(s, 1000) }, 25557032},
		{"resnet20", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.NewResNet20(s, 10, zoo.Pad) }, 269722},
		{"resnet32", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.NewResNet32(s, 10, zoo.Pad) }, 464154},
		{"resnet44", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.NewResNet44(s, 10, zoo.Pad) }, 658586},
		{"resnet56", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.NewResNet56(s, 10, zoo.PadEnd) }, 853018},
		{"squeezenet10", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return zoo.NewSqueezeNet10(s, 1000, zoo.SqueezeNetOpts{}) }, 1248424},
		{"squeezenet11", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return zoo.NewSqueezeNet11(s, 1000, zoo.SqueezeNetOpts{}) }, 1235496},
		{"vgg19_to_relu5_1", []int{3, 32, 32}, func(s graph.Scope) nn.Layer { return zoo.NewVGG19Features(s, "relu5_1") }, 12944960},
		// 64·(27 + 1) + Σ s·(in + 9 + 40·s) over the Fire modules of squeeze s
		{"squeezenet11_to_fire8", []int{3, 64, 64}, func(s graph.Scope) nn.Layer { return zoo.NewSqueezeNet11Features(s, "fire8") }, 525312},
		{"inception_3a", []int{192, 28, 28}, func(s graph.Scope) nn.Layer {
			return zoo.NewInception(s, 192, zoo.InceptionChannels{One: 64, ThreeReduce: 96, Three: 128, FiveReduce: 16, Five: 32, Pool: 32})
		}, 163696},
		// 64·9 + 3·64·576 for the convolutions, 4·128 for batch norm, 65·64
		{"omniglot_embedding", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return zoo.NewOmniglotEmbedding(s, []int{1, 28, 28}, 64) }, 115840},
		// 16·9 + 32·144 + 64·288, 2·112, (64·7·5 + 1)·64
		{"face_embedding", []int{1, 56, 46}, func(s graph.Scope) nn.Layer { return zoo.NewFaceEmbedding(s, []int{1, 56, 46}, 64) }, 166832},
		// 64·193 + 128·(9·192 + 1) + 32·(25·192 + 1)
		{"inception_3a_naive", []int{192, 28, 28}, func(s graph.Scope) nn.Layer { return zoo.NewInceptionNaive(s, 192, 64, 128, 32) }, 387296},
		{"dcgan_generator28", []int{100}, func(s graph.Scope) nn.Layer { return zoo.NewDCGANGenerator28(s, 100, 64, 1) }, 759681},
		{"dcgan_discriminator28", []int{1, 28, 28}, func(s graph.Scope) nn.Layer { return zoo.NewDCGANDiscriminator28(s, 1, 64) }, 138689},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			c.build(g.Scope()).Forward(g.Input("x", append([]int{1}, c.input...)...))
			if err := g.Err(); err != nil {
				t.Fatal(err)
			}
			got := 0
			for _, p := range g.Store().Params() {
				if !p.IsBuffer() {
					got += p.Len()
				}
			}
			if got != c.want {
				t.Errorf("%d parameters, want %d", got, c.want)
			}
		})
	}
}

// TestNames: parameters have torchvision's names, or those of PyTorch's
// Sequential.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(s graph.Scope)
		want  string // some of the names
	}{
		{"resnet18", func(s graph.Scope) { zoo.SmallResNet(s, 2, false) },
			"conv1.weight bn1.running_var layer1.0.conv1.weight layer2.0.bn2.bias layer2.0.downsample.0.weight layer2.0.downsample.1.running_mean fc.bias"},
		{"resnet50", func(s graph.Scope) { zoo.SmallResNet(s, 2, true) },
			"layer1.0.conv3.weight layer1.0.bn3.weight layer1.0.downsample.0.weight layer4.0.conv3.weight"},
		{"vgg16", func(s graph.Scope) { zoo.SmallVGG(s, 2, false) },
			"features.0.weight features.28.weight classifier.0.weight classifier.3.bias classifier.6.bias"},
		{"vgg19", func(s graph.Scope) { zoo.SmallVGG(s, 2, true) }, "features.34.bias"},
		{"squeezenet10", func(s graph.Scope) { zoo.SmallSqueezeNet10(s, 2) },
			"features.0.weight features.3.squeeze.weight features.7.expand1x1.bias features.12.expand3x3.weight classifier.1.weight"},
		{"squeezenet11", func(s graph.Scope) { zoo.SmallSqueezeNet11(s, 2) }, "features.6.squeeze.weight features.9.expand3x3.weight"},
		{"tiny_yolo", func(s graph.Scope) { zoo.SmallTinyYOLO(s, 1, 2) }, "net.0.weight net.1.running_mean net.25.weight net.31.bias"},
		{"googlenet", func(s graph.Scope) { zoo.SmallGoogLeNet(s, 2, zoo.GoogLeNetOpts{Auxiliary: true}) },
			"conv3.bias inception3a.b2b.weight inception5b.b4.weight aux1.conv.weight aux2.fc2.bias fc.weight"},
		{"embedding", func(s graph.Scope) { zoo.NewOmniglotEmbedding(s, []int{1, 28, 28}, 8) },
			"conv1.weight bn1.running_mean conv4.weight bn4.bias fc.weight fc.bias"},
		{"dcgan", func(s graph.Scope) {
			zoo.NewDCGANGenerator28(s.At("g"), 100, 4, 1)
			zoo.NewDCGANDiscriminator28(s.At("d"), 1, 4)
		}, "g.net.0.weight g.net.2.weight g.net.4.weight g.net.7.bias d.net.0.bias d.net.2.weight d.net.3.bias d.net.6.weight"},
		{"transform_net", func(s graph.Scope) { zoo.NewTransformNet(s, 2, 3) },
			"conv1.conv.weight conv3.norm.bias block3.b.norm.weight up2.conv.weight out.bias"},
		{"gan", func(s graph.Scope) {
			zoo.NewGANGenerator(s.At("g"), 100, []int{1, 28, 28})
			zoo.NewGANDiscriminator(s.At("d"), []int{1, 28, 28})
		}, "g.net.0.weight g.net.2.weight g.net.3.running_mean g.net.8.bias d.net.1.weight d.net.5.bias"},
		{"cgan", func(s graph.Scope) {
			zoo.NewCGANGenerator(s.At("g"), 64, 10, 4, 1)
			zoo.NewCGANDiscriminator(s.At("d"), 1, 10, 4)
		}, "g.embed.weight g.net.7.bias d.embed.weight d.net.0.bias"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			c.build(g.Scope())
			if err := g.Err(); err != nil {
				t.Fatal(err)
			}
			for _, name := range strings.Fields(c.want) {
				if g.Store().Param(name) == nil {
					t.Errorf("no parameter %s", name)
				}
			}
		})
	}
}

func TestWeightNames(t *testing.T) {
	for _, c := range []struct {
		rename     func(string) string
		name, want string
	}{
		{zoo.ResNetName, "module.linear.weight", "fc.weight"},
		{zoo.ResNetName, "module.layer1.0.bn1.bias", "layer1.0.bn1.bias"},
		{zoo.ResNetName, "linear.bias", "fc.bias"},
		{zoo.ResNetName, "fc.bias", "fc.bias"},
		{zoo.SqueezeNet10Name, "conv1.bias", "features.0.bias"},
		{zoo.SqueezeNet10Name, "fire2/conv1x1_1.weight", "features.3.squeeze.weight"},
		{zoo.SqueezeNet10Name, "fire8/conv1x1_2.weight", "features.10.expand1x1.weight"},
		{zoo.SqueezeNet10Name, "fire9/conv3x3_2.bias", "features.12.expand3x3.bias"},
		{zoo.SqueezeNet10Name, "conv_final.weight", "classifier.1.weight"},
		{zoo.SqueezeNet11Name, "fire4/squeeze1x1.weight", "features.6.squeeze.weight"},
		{zoo.SqueezeNet11Name, "fire6/expand3x3.weight", "features.9.expand3x3.weight"},
		{zoo.SqueezeNet11Name, "features.9.squeeze.weight", "features.9.squeeze.weight"},
		{zoo.SqueezeNet11Name, "fire10/squeeze1x1.weight", "fire10/squeeze1x1.weight"},
		{zoo.SqueezeNet11Name, "fire2/other.weight", "fire2/other.weight"},
		{zoo.SqueezeNet11Name, "bare", "bare"},
	} {
		if got := c.rename(c.name); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestShortcuts: without its convolutions a block is its shortcut, which shows
// where the zeros are.
func TestShortcuts(t *testing.T) {
	for _, c := range []struct {
		name string
		kind zoo.Shortcut
		want []float64 // channel by channel
	}{
		{"Pad", zoo.Pad, []float64{0, 1, 0}},
		{"PadEnd", zoo.PadEnd, []float64{1, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := graph.NewStore(graph.Float64, 1)
			g := graph.New(store, graph.Eval)
			x := g.Input("x", 1, 1, 2, 2)
			y := zoo.NewBasicBlock(g.Scope(), 1, 3, 2, c.kind).Forward(x)
			prog, err := g.Compile(nil, y)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Param("bn2.weight").SetValues(make([]float64, 3)); err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(x.FeedFloat64s([]float64{1, 2, 3, 4})); err != nil {
				t.Fatal(err)
			}
			if got := prog.Values(y); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestGoogLeNet_auxiliaryHeads: in training the loss is that of the logits and
// 0.3 times that of each head; in evaluation the heads have no part.
func TestGoogLeNet_auxiliaryHeads(t *testing.T) {
	for _, c := range []struct {
		mode  graph.Mode
		side  int // 224 has feature maps of 14×14 at the heads
		reach bool
	}{{graph.Train, 48, true}, {graph.Train, 224, true}, {graph.Eval, 48, false}} {
		store := graph.NewStore(graph.Float32, 1)
		g := graph.New(store, c.mode)
		x, y := g.Input("x", 1, 3, c.side, c.side), g.Labels("y", 1)
		m := zoo.SmallGoogLeNet(g.Scope(), 2, zoo.GoogLeNetOpts{Auxiliary: true})
		loss, logits := m.Loss(x, y)
		prog, err := g.Compile(loss, logits)
		if err != nil {
			t.Fatal(err)
		}
		if len(prog.Unreached()) > 0 {
			t.Errorf("%v: the loss does not depend on %v", c.mode, prog.Unreached())
		}
		for _, p := range store.Params() { // no logit depends on the picture
			if strings.HasSuffix(p.Name(), "fc.weight") || strings.HasSuffix(p.Name(), "fc2.weight") {
				clear(p.Float32s())
			}
			if strings.HasSuffix(p.Name(), "fc.bias") || strings.HasSuffix(p.Name(), "fc2.bias") {
				clear(p.Float32s())
			}
		}
		if err := prog.Run(x.FeedFloat64s(noise(x.Len())), y.FeedInts([]int{1})); err != nil {
			t.Fatal(err)
		}
		want := math.Ln2
		if c.reach {
			want *= 1.6
		}
		if got := prog.Loss(); math.Abs(got-want) > 1e-6 {
			t.Errorf("%v, side %d: loss %g, want %g", c.mode, c.side, got, want)
		}
	}
}

// TestTwoParts: Forward is Head of Features.
func TestTwoParts(t *testing.T) {
	type parts interface {
		nn.Layer
		Features(x *graph.Node) *graph.Node
		Head(features *graph.Node) *graph.Node
	}
	for _, c := range []struct {
		name  string
		build func(s graph.Scope) parts
		maps  []int
	}{
		{"resnet", func(s graph.Scope) parts { return zoo.SmallResNet(s, 3, false) }, []int{2, 32, 2, 2}},
		{"resnet_cifar", func(s graph.Scope) parts { return zoo.NewCIFARResNet(s, 3, 4, 1, 3, zoo.Pad) }, []int{2, 16, 16, 16}},
		{"googlenet", func(s graph.Scope) parts { return zoo.SmallGoogLeNet(s, 3, zoo.GoogLeNetOpts{}) }, []int{2, 64, 2, 2}},
		{"vgg", func(s graph.Scope) parts { return zoo.SmallVGG(s, 3, false) }, []int{2, 16, 2, 2}},
		{"squeezenet", func(s graph.Scope) parts { return zoo.SmallSqueezeNet11(s, 3) }, []int{2, 64, 3, 3}},
		{"lenet", func(s graph.Scope) parts { return zoo.NewLeNetWith(s, 3, zoo.LeNetOpts{Channels: 3}) }, []int{2, 16, 5, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			side := 64
			if c.name == "lenet" {
				side = 28
			}
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			x := g.Input("x", 2, 3, side, side)
			m := c.build(g.Scope())
			features, whole := m.Features(x), m.Forward(x)
			two := m.Head(features)
			prog, err := g.Compile(nil, features, whole, two)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(x.FeedFloat64s(noise(x.Len()))); err != nil {
				t.Fatal(err)
			}
			if got := features.Shape(); !slices.Equal(got, c.maps) {
				t.Errorf("features %v, want %v", got, c.maps)
			}
			if got, want := prog.Values(two), prog.Values(whole); !slices.Equal(got, want) {
				t.Errorf("Head of Features %v, Forward %v", got, want)
			}
		})
	}
}

// TestVGGFeatures: an extractor has the activations of the whole network.
func TestVGGFeatures(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	run := func(build func(s graph.Scope, x *graph.Node) *graph.Node) []float64 {
		g := graph.New(store, graph.Eval)
		x := g.Input("x", 1, 3, 32, 32)
		y := build(g.Scope(), x)
		prog, err := g.Compile(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(x.FeedFloat64s(noise(x.Len()))); err != nil {
			t.Fatal(err)
		}
		return prog.Values(y)
	}
	want := run(func(s graph.Scope, x *graph.Node) *graph.Node { return zoo.SmallVGG(s, 2, true).Features(x) })
	for _, at := range []string{"pool5", "relu5_4"} {
		got := run(func(s graph.Scope, x *graph.Node) *graph.Node {
			y := zoo.SmallVGGFeatures(s, at).Activations(x, "relu4_2", at)[at]
			if at == "relu5_4" {
				y = y.MaxPool2d(2)
			}
			return y
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

// TestModels_rejects: wrong settings and inputs give messages that say so.
func TestModels_rejects(t *testing.T) {
	for _, c := range []struct {
		name  string
		input []int
		build func(s graph.Scope, x *graph.Node)
		want  string
	}{
		{"channels", []int{1, 1, 32, 32}, func(s graph.Scope, x *graph.Node) { zoo.NewResNet20(s, 10, zoo.Pad).Forward(x) },
			"Conv2d: x(1, 1, 32, 32), conv1.weight(16, 3, 3, 3): weight for 3 input channels, expected 1"},
		{"size", []int{1, 1, 20, 20}, func(s graph.Scope, x *graph.Node) { zoo.NewLeNet(s, 10).Forward(x) }, "Linear: "},
		{"too_small", []int{1, 3, 16, 16}, func(s graph.Scope, x *graph.Node) { zoo.SmallVGG(s, 10, false).Forward(x) }, "MaxPool2d: "},
		{"classes", []int{1, 1, 28, 28}, func(s graph.Scope, x *graph.Node) { zoo.NewLeNet(s, 0).Forward(x) }, "parameter fc3.weight: shape [0 84]"},
		{"blocks", []int{1, 3, 32, 32}, func(s graph.Scope, x *graph.Node) { zoo.NewCIFARResNet(s, 3, 4, 0, 2, zoo.Pad).Forward(x) },
			"CIFARResNet: 0 blocks a stage, expected at least 1"},
		{"stages", []int{1, 1, 8, 8}, func(s graph.Scope, x *graph.Node) { zoo.NewDCGANDiscriminator(s, 1, 4, 0).Forward(x) },
			"DCGANDiscriminator: 0 stages, expected 1 to 10"},
		{"generator_stages", []int{1, 5}, func(s graph.Scope, x *graph.Node) { zoo.NewDCGANGenerator(s, 5, 4, 99, 1).Forward(x) },
			"DCGANGenerator: 99 stages, expected 1 to 10"},
		{"multiple_of_4", []int{1, 3, 16, 18}, func(s graph.Scope, x *graph.Node) { zoo.NewTransformNet(s, 2, 1).Forward(x) },
			"TransformNet: x[1 3 16 18], expected [N, 3, H, W] with H and W multiples of 4"},
		{"side", []int{1, 1, 28, 28}, func(s graph.Scope, x *graph.Node) { zoo.NewDCGANDiscriminator(s, 1, 4, 3).Forward(x) },
			"DCGANDiscriminator: x[1 1 28 28], expected [N, C, 32, 32]"},
		{"cut", []int{1, 3, 32, 32}, func(s graph.Scope, x *graph.Node) { zoo.SmallVGGFeatures(s, "relu9_1").Forward(x) },
			`VGGFeatures: no layer "relu9_1", expected one of conv1_1, relu1_1,`},
		{"activation", []int{1, 3, 32, 32}, func(s graph.Scope, x *graph.Node) {
			zoo.SmallVGGFeatures(s, "relu1_1").Activations(x, "relu2_1")
		}, `no layer "relu2_1", expected one of conv1_1, relu1_1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
			c.build(g.Scope(), g.Input("x", c.input...))
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
