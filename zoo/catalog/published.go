package catalog

import (
	"maps"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/zoo/card"
)

// Published are weights that others trained, known by their tensors, which want
// their pictures in a way of their own.
type Published struct {
	Name, About string
	Models      []string // that they are for
	Outputs     int      // classes; 0 for weights without a last layer
	Input       card.Input
	// Form has the settings of the network that the weights need.
	Form map[string]string
	has  string // a tensor by which a file is known, as its authors name it
}

// ImageNet is the normalisation of torchvision's weights.
func ImageNet(side int) card.Input {
	return card.Input{
		Shape: []int{3, side, side}, Fit: card.Stretch,
		Mean: []float32{0.485, 0.456, 0.406}, Std: []float32{0.229, 0.224, 0.225},
	}
}

// caffe takes the means from bytes in the order blue, green, red.
func caffe(side int, blue, green, red float32) card.Input {
	return card.Input{
		Shape: []int{3, side, side}, Fit: card.Stretch,
		Mean: []float32{blue / 255, green / 255, red / 255}, Std: []float32{1. / 255, 1. / 255, 1. / 255}, BGR: true,
	}
}

// AllPublished returns the weights that are known by their tensors.
func AllPublished() []Published {
	return []Published{
		{
			Name: "squeezenet1_0-imagenet", About: "SqueezeNet 1.0 for ImageNet, by its authors (Deep Compression, decoded)",
			Models: []string{"squeezenet"}, has: "fire2/conv1x1_1.weight", Outputs: 1000,
			Form: map[string]string{"version": "1.0", "head_pad": "1"}, Input: caffe(227, 104, 117, 123),
		},
		{
			Name: "squeezenet1_1-imagenet-notop", About: "SqueezeNet 1.1 for ImageNet without its last layer (Keras)",
			Models: []string{"squeezenet"}, has: "fire2/squeeze1x1.weight",
			Form: map[string]string{"version": "1.1"}, Input: caffe(227, 103.939, 116.779, 123.68),
		},
		{
			Name: "torchvision-squeezenet1_0", About: "torchvision's SqueezeNet 1.0 for ImageNet",
			Models: []string{"squeezenet"}, has: "features.8.squeeze.weight", Outputs: 1000,
			Form: map[string]string{"version": "1.0"}, Input: ImageNet(224),
		},
		{
			Name: "torchvision-squeezenet1_1", About: "torchvision's SqueezeNet 1.1 for ImageNet",
			Models: []string{"squeezenet"}, has: "features.11.squeeze.weight", Outputs: 1000,
			Form: map[string]string{"version": "1.1"}, Input: ImageNet(224),
		},
		{
			Name: "torchvision-resnet", About: "torchvision's ResNets for ImageNet",
			Models: []string{"resnet18", "resnet34", "resnet50"}, has: "layer4.0.conv1.weight", Outputs: 1000, Input: ImageNet(224),
		},
		{
			Name: "torchvision-vgg", About: "torchvision's VGGs for ImageNet",
			Models: []string{"vgg16", "vgg19"}, has: "classifier.6.weight", Outputs: 1000, Input: ImageNet(224),
		},
	}
}

// HasPublished reports whether there are such weights for the model.
func (e Entry) HasPublished() bool {
	return slices.ContainsFunc(AllPublished(), func(p Published) bool { return slices.Contains(p.Models, e.Name) })
}

// Identify returns what is known of the weights in a file for the model; nil for
// those that want what a data set says.
func (e Entry) Identify(path string) (*Published, error) {
	f, err := e.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "load weights")
	}
	defer f.Close()
	return e.IdentifyIn(f), nil
}

// IdentifyIn is Identify for an open file.
func (e Entry) IdentifyIn(f checkpoint.File) *Published {
	for _, p := range AllPublished() {
		if _, _, ok := f.Info(p.has); ok && slices.Contains(p.Models, e.Name) && p.Outputs == e.Outputs(f) {
			return &p
		}
	}
	return nil
}

// Open opens a file of weights for the model, without a prefix that all its names
// have. The caller closes it.
func (e Entry) Open(path string) (checkpoint.File, error) {
	f, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	return checkpoint.Without(f, checkpoint.Prefix(f.Names(), func(name string) bool {
		return e.Renamed(name) == e.Head+".weight" || slices.ContainsFunc(AllPublished(), func(p Published) bool { return p.has == name })
	})), nil
}

// Outputs returns the number of classes that the last layer of a file has, 0
// where it has none.
func (e Entry) Outputs(f checkpoint.File) int {
	for _, name := range f.Names() {
		if e.Renamed(name) == e.Head+".weight" {
			if _, shape, _ := f.Info(name); len(shape) > 0 {
				return shape[0]
			}
		}
	}
	return 0
}

// Card returns the card of a model with these weights.
func (p *Published) Card(model string, classes []string) *card.Card {
	c := card.New(model, card.Classify, "")
	in := p.Input
	c.Input, c.Classes, c.Form = &in, classes, maps.Clone(p.Form)
	return c
}
