package classify

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph/checkpoint"
)

// published is how weights that others trained want their pictures, where this
// is not how a data set says.
type published struct {
	name, about string
	models      []string
	// has is a tensor by which a file is known; file names are the authors'.
	has string
	// outputs is the number of classes, 0 for weights without a last layer.
	outputs int
	// set has the settings of the model that the weights need.
	set   map[string]string
	input []int
	norm  normalisation
}

// imageNetNorm is that of torchvision's weights.
func imageNetNorm() normalisation {
	return normalisation{Mean: []float32{0.485, 0.456, 0.406}, Std: []float32{0.229, 0.224, 0.225}}
}

// caffeNorm takes the means from bytes in the order blue, green, red.
func caffeNorm(blue, green, red float32) normalisation {
	return normalisation{Mean: []float32{blue / 255, green / 255, red / 255}, Std: []float32{1. / 255, 1. / 255, 1. / 255}, BGR: true}
}

// allPublished are the weights with a form of their own.
func allPublished() []published {
	side := func(n int) []int { return []int{3, n, n} }
	return []published{
		{
			name: "squeezenet1_0-imagenet", about: "SqueezeNet 1.0 for ImageNet, by its authors (Deep Compression, decoded)",
			models: []string{"squeezenet"}, has: "fire2/conv1x1_1.weight", outputs: 1000,
			set: map[string]string{"version": "1.0", "head_pad": "1"}, input: side(227), norm: caffeNorm(104, 117, 123),
		},
		{
			name: "squeezenet1_1-imagenet-notop", about: "SqueezeNet 1.1 for ImageNet without its last layer (Keras)",
			models: []string{"squeezenet"}, has: "fire2/squeeze1x1.weight",
			set: map[string]string{"version": "1.1"}, input: side(227), norm: caffeNorm(103.939, 116.779, 123.68),
		},
		{
			name: "torchvision-squeezenet1_0", about: "torchvision's SqueezeNet 1.0 for ImageNet",
			models: []string{"squeezenet"}, has: "features.8.squeeze.weight", outputs: 1000,
			set: map[string]string{"version": "1.0"}, input: side(224), norm: imageNetNorm(),
		},
		{
			name: "torchvision-squeezenet1_1", about: "torchvision's SqueezeNet 1.1 for ImageNet",
			models: []string{"squeezenet"}, has: "features.11.squeeze.weight", outputs: 1000,
			set: map[string]string{"version": "1.1"}, input: side(224), norm: imageNetNorm(),
		},
		{
			name: "torchvision-resnet", about: "torchvision's ResNets for ImageNet",
			models: []string{"resnet18", "resnet34", "resnet50"}, has: "layer4.0.conv1.weight", outputs: 1000, input: side(224), norm: imageNetNorm(),
		},
		{
			name: "torchvision-vgg", about: "torchvision's VGGs for ImageNet",
			models: []string{"vgg16", "vgg19"}, has: "classifier.6.weight", outputs: 1000, input: side(224), norm: imageNetNorm(),
		},
	}
}

// hasPublished reports whether there are such weights for a model.
func hasPublished(model string) bool {
	return slices.ContainsFunc(allPublished(), func(p published) bool { return slices.Contains(p.models, model) })
}

// identify returns what is known of the weights in a file for a model; nil for
// those that want what a data set says.
func identify(path, model string, n network) (*published, error) {
	f, err := checkpoint.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "load weights")
	}
	defer f.Close()
	outputs := outputsOf(f, n)
	for _, p := range allPublished() {
		if _, _, ok := f.Info(p.has); ok && slices.Contains(p.models, model) && p.outputs == outputs {
			return &p, nil
		}
	}
	return nil, nil
}

// outputsOf returns the number of classes that the last layer of a file has, 0
// where it has none.
func outputsOf(f checkpoint.File, n network) int {
	for _, name := range f.Names() {
		if n.renamed(name) == n.head+".weight" {
			if _, shape, _ := f.Info(name); len(shape) > 0 {
				return shape[0]
			}
		}
	}
	return 0
}

// renamed returns the model's name for a tensor of a file.
func (n network) renamed(name string) string {
	if n.rename == nil {
		return name
	}
	return n.rename(name)
}

// classesFile is where the names of ImageNet's classes lie beside weights.
const classesFile = "imagenet_classes.txt"

// classNames returns the n names of a file, one a line, with a word of its own
// before them where all have one, as in "n01440764 tench". Without a file the
// one beside the weights counts, or numbers.
func classNames(path, weights string, n int) ([]string, error) {
	if path == "" {
		path = filepath.Join(filepath.Dir(weights), classesFile)
		if _, err := os.Stat(path); err != nil {
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf("class %d", i)
			}
			return names, nil
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Wrap(err, "read the names of classes")
	}
	names := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(b), "\r", "")), "\n")
	if len(names) != n {
		return nil, errors.Errorf("read the names of classes: %s has %d lines, expected %d", path, len(names), n)
	}
	ids := !slices.ContainsFunc(names, func(s string) bool {
		id, _, two := strings.Cut(s, " ")
		return !two || len(id) != len("n01440764") || strings.Trim(id[1:], "0123456789") != ""
	})
	if ids { // WordNet's, which say nothing to a reader
		for i, s := range names {
			_, names[i], _ = strings.Cut(s, " ")
		}
	}
	return names, nil
}

// describe is what a checkpoint would say of the model with these weights.
func (p *published) describe(classes []string) described {
	return described{Input: p.input, Classes: classes, Normalisation: p.norm, Form: maps.Clone(p.set), Fit: true}
}
