package zoo_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/zoo"
)

// layerJSON is a layer of a reference architecture.
type layerJSON struct {
	Name  string
	Type  string
	Shape []int `json:"output_shape"`
}

// architecture compares the layers of a model one by one, and its totals.
func architecture(t *testing.T, c *golden.Case) {
	t.Helper()
	var want []layerJSON
	c.Params.Decode("layers", &want)
	shape := c.Params.Ints("input_shape")
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	model := architectures(t, g.Scope(), c.Params.String("architecture"), shape, want)
	y := model.Forward(g.Input("x", append([]int{1}, shape...)...))
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	layers := counted(g, y)
	if len(layers) != len(want) {
		t.Fatalf("%d layers, want %d", len(layers), len(want))
	}
	var parameters, macs []int
	for i, l := range layers {
		parameters, macs = append(parameters, l.Parameters), append(macs, l.MACs)
		if got, want := plain(l.Output[1:]), plain(want[i].Shape); !slices.Equal(got, want) {
			t.Errorf("layer %d, %s %s: shape %v, want %v", i, l.Name, l.Operation, got, want)
		}
		if !strings.HasSuffix(want[i].Type, typeOf(l.Operation)) {
			t.Errorf("layer %d: %s, want %s %s", i, l.Operation, want[i].Name, want[i].Type)
		}
	}
	c.CheckInts("output.layer_parameters", parameters, []int{len(parameters)})
	c.CheckInts("output.layer_macs", macs, []int{len(macs)})
	c.CheckInts("output.parameters", []int{sum(parameters)}, []int{})
	c.CheckInts("output.macs", []int{sum(macs)}, []int{})
	c.CheckInts("output.flops", []int{2 * sum(macs)}, []int{})
	out := y.Shape()[1:]
	c.CheckInts("output.output_shape", out, []int{len(out)})
	own := 0
	for _, p := range g.Store().Params() {
		if !p.IsBuffer() {
			own += p.Len()
		}
	}
	if own != sum(parameters) {
		t.Errorf("the store holds %d parameters, the layers %d", own, sum(parameters))
	}
}

// counted returns what the reference counts as layers: no activations, no
// joins.
func counted(g *graph.Graph, y *graph.Node) []graph.Layer {
	return slices.DeleteFunc(g.Layers(y), func(l graph.Layer) bool { return typeOf(l.Operation) == "" })
}

// typeOf returns how PyTorch calls an operation, less what differs; "" for one
// that is no layer.
func typeOf(operation string) string {
	switch operation {
	case "Conv2d", "ConvTranspose2d", "Linear", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d":
		return operation
	case "BatchNorm":
		return "BatchNorm2d"
	case "Mean":
		return "AdaptiveAvgPool2d"
	}
	return ""
}

// plain drops the ones at the end: [512, 1, 1] is [512].
func plain(shape []int) []int {
	n := len(shape)
	for n > 1 && shape[n-1] == 1 {
		n--
	}
	return shape[:n]
}

func sum(values []int) int {
	total := 0
	for _, v := range values {
		total += v
	}
	return total
}

// architectures makes the model of a name; sizes that the name leaves open are
// those of the layers.
func architectures(t *testing.T, s graph.Scope, name string, input []int, layers []layerJSON) nn.Layer {
	t.Helper()
	last := layers[len(layers)-1].Shape[0]
	maps := func(layer string) int {
		for _, l := range layers {
			if l.Name == layer {
				return l.Shape[0]
			}
		}
		t.Fatalf("no layer %s", layer)
		return 0
	}
	if m := regexp.MustCompile(`^resnet(\d+)_cifar`).FindStringSubmatch(name); m != nil {
		depth, _ := strconv.Atoi(m[1])
		return zoo.NewCIFARResNet(s, input[0], maps("conv"), (depth-2)/6, last, zoo.Project)
	}
	convolutions := 0
	for _, l := range layers {
		if strings.HasPrefix(l.Type, "Conv") {
			convolutions++
		}
	}
	switch {
	case strings.HasPrefix(name, "lenet5"):
		return zoo.NewLeNetWith(s, last, zoo.LeNetOpts{Channels: input[0], Unpadded: input[1] == 32})
	case strings.HasPrefix(name, "resnet18"):
		return zoo.NewResNet18(s, last)
	case strings.HasPrefix(name, "resnet34"):
		return zoo.NewResNet34(s, last)
	case strings.HasPrefix(name, "vgg16"):
		return zoo.NewVGG16(s, last)
	case strings.HasPrefix(name, "vgg19"):
		return zoo.NewVGG19(s, last)
	case strings.HasPrefix(name, "googlenet"):
		return zoo.NewGoogLeNet(s, last, zoo.GoogLeNetOpts{})
	case strings.HasPrefix(name, "inception"):
		return zoo.NewInception(s, input[0], zoo.InceptionChannels{
			One: maps("b1"), ThreeReduce: maps("b2a"), Three: maps("b2b"), FiveReduce: maps("b3a"), Five: maps("b3b"), Pool: maps("b4"),
		})
	case strings.HasPrefix(name, "tiny_yolov2"):
		return zoo.NewTinyYOLO(s, 1, last-5)
	case strings.HasPrefix(name, "dcgan_generator"):
		stages := convolutions - 1
		return zoo.NewDCGANGenerator(s, input[0], layers[0].Shape[0]>>(stages-1), stages, last)
	case strings.HasPrefix(name, "dcgan_discriminator"):
		return zoo.NewDCGANDiscriminator(s, input[0], layers[0].Shape[0], convolutions-1)
	}
	t.Fatalf("no architecture %s", name)
	return nil
}
