package catalog

import (
	"maps"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/card"
)

// classifiers are the networks that tell pictures apart.
func classifiers() []Entry {
	list := []Entry{
		grey("lenet", "LeNet-5 with ReLU and max pooling", "1.1", "fc3", "fc2", lenet(false)),
		grey("lenet-tanh", "LeNet-5 as in the paper: tanh and average pooling", "1.1", "fc3", "fc2", lenet(true)),
		grey("mlp", "a plain network: one hidden layer", "2.1", "fc2", "", mlp),
		squeezeNet(), googLeNet(), importedEntry(),
	}
	for _, r := range []struct {
		name, layers string
		blocks       int
	}{{"resnet20", "20", 3}, {"resnet32", "32", 5}, {"resnet44", "44", 7}, {"resnet56", "56", 9}} {
		list = append(list, cifarResNet(r.name, r.layers, r.blocks))
	}
	for _, r := range []struct {
		name, layers string
		network      func(graph.Scope, int) *zoo.ResNet
	}{{"resnet18", "18", zoo.NewResNet18}, {"resnet34", "34", zoo.NewResNet34}, {"resnet50", "50", zoo.NewResNet50}} {
		e := coloured(r.name, "ResNet with "+r.layers+" layers, the ImageNet form", 64, "fc", "layer4")
		e.Layer = plain(func(s graph.Scope, c *card.Card) nn.Layer { return r.network(s, len(c.Classes)) })
		list = append(list, e)
	}
	for _, v := range []struct {
		name, layers string
		network      func(graph.Scope, int) *zoo.VGG
	}{{"vgg16", "16", zoo.NewVGG16}, {"vgg19", "19", zoo.NewVGG19}} {
		list = append(list, vgg(v.name, v.layers, v.network))
	}
	return list
}

// plain is a network without settings.
func plain(build func(graph.Scope, *card.Card) nn.Layer) func() (Form, func(graph.Scope, *card.Card) nn.Layer) {
	return func() (Form, func(graph.Scope, *card.Card) nn.Layer) { return nil, build }
}

// grey is a network for small grey pictures.
func grey(name, about, section, head, late string, layer func() (Form, func(graph.Scope, *card.Card) nn.Layer)) Entry {
	e := Entry{
		Name: name, About: about, Section: section, Task: card.Classify,
		Data:  []string{"digits", "mnist", "fashion-mnist", "idx", "folder"},
		Shape: []int{1, 28, 28}, Classes: 10, Head: head, Layer: layer,
		Recipe: Recipe{Epochs: 10, Batch: 64, Solver: "adam", Rate: 1e-3},
	}
	if late != "" {
		e.Late = []string{late}
	}
	return e
}

// lenet makes a LeNet for pictures of 28×28 or, without padding, of 32×32, the
// size of the paper; for others the first operation that does not fit says so.
func lenet(classic bool) func() (Form, func(graph.Scope, *card.Card) nn.Layer) {
	return plain(func(s graph.Scope, c *card.Card) nn.Layer {
		shape := c.Input.Shape
		return zoo.NewLeNetWith(s, len(c.Classes), zoo.LeNetOpts{
			Channels: shape[0], Unpadded: shape[len(shape)-1] == 32, Tanh: classic, AvgPool: classic,
		})
	})
}

func mlp() (Form, func(graph.Scope, *card.Card) nn.Layer) {
	hidden := 128
	return Form{Int("hidden", &hidden, 1, "units of the hidden layer")}, func(s graph.Scope, c *card.Card) nn.Layer {
		return zoo.NewMLP(s, c.Input.Len(), hidden, len(c.Classes))
	}
}

// coloured is a network for coloured pictures of any size from the one that it
// is given here, without its constructor.
func coloured(name, about string, side int, head string, late ...string) Entry {
	return Entry{
		Name: name, About: about, Section: "1.6.3", Task: card.Classify,
		Data:  []string{"shapes", "cifar10", "folder"},
		Shape: []int{3, side, side}, Classes: 10, Head: head, Late: late,
		Recipe: Recipe{
			Epochs: 6, Batch: 64, Solver: "adam", Rate: 3e-3,
			Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4"},
		},
		Rename: zoo.ResNetName,
	}
}

// cifarRecipe is for CIFAR-10: fewer steps than the paper's 64,000, at a rate
// that rises and falls.
//
// Source: arXiv:1512.03385 §4.2; arXiv:1708.07120.
func cifarRecipe() Recipe {
	return Recipe{
		Epochs: 24, Batch: 64, Solver: "nesterov", Rate: 0.1,
		Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4", "augment": "crop+flip"},
	}
}

func cifarResNet(name, layers string, blocks int) Entry {
	e := coloured(name, "ResNet with "+layers+" layers for small pictures", 32, "fc", "layer3")
	e.Recipes = map[string]Recipe{"cifar10": cifarRecipe()}
	e.Layer = func() (Form, func(graph.Scope, *card.Card) nn.Layer) {
		shortcut, batchNorm, dropout := "A", true, 0.0
		f := Form{
			Choice("shortcut", &shortcut, []string{"A", "B"}, "A (subsample, pad with zeros) or B (1×1 convolution) where the size changes"),
			Bool("batch_norm", &batchNorm, "false leaves out batch norm, to see what it is for"),
			Float("dropout", &dropout, 0, 1, "probability with which a value between the convolutions of a block is dropped"),
		}
		return f, func(s graph.Scope, c *card.Card) nn.Layer {
			o := zoo.CIFARResNetOpts{Channels: c.Input.Shape[0], Blocks: blocks, NoBatchNorm: !batchNorm, Dropout: dropout}
			if shortcut == "B" {
				o.Shortcut = zoo.Project
			}
			return zoo.NewCIFARResNetWith(s, len(c.Classes), o)
		}
	}
	return e
}

func squeezeNet() Entry {
	e := coloured("squeezenet", "SqueezeNet: few weights, thanks to 1×1 filters", 64, "classifier.1", "features.12", "features.11", "features.10")
	e.Recipe = Recipe{Epochs: 12, Batch: 32, Solver: "adam", Rate: 5e-4, Set: map[string]string{"schedule": "onecycle"}}
	e.Rename = zoo.SqueezeNetName
	e.Layer = func() (Form, func(graph.Scope, *card.Card) nn.Layer) {
		version, pad := "1.1", 0
		f := Form{
			Choice("version", &version, []string{"1.0", "1.1"}, "1.1 has fewer operations"),
			Int("head_pad", &pad, 0, "zeros around the input of the last layer: 1 for the authors' weights"),
		}
		return f, func(s graph.Scope, c *card.Card) nn.Layer {
			if version == "1.0" {
				return zoo.NewSqueezeNet10(s, len(c.Classes), zoo.SqueezeNetOpts{HeadPad: pad})
			}
			return zoo.NewSqueezeNet11(s, len(c.Classes), zoo.SqueezeNetOpts{HeadPad: pad})
		}
	}
	return e
}

func googLeNet() Entry {
	e := coloured("googlenet", "GoogLeNet: nine Inception modules", 64, "fc", "inception5a", "inception5b")
	e.Recipe = Recipe{Epochs: 8, Batch: 32, Solver: "adam", Rate: 5e-4, Set: map[string]string{"schedule": "onecycle"}}
	e.Layer = func() (Form, func(graph.Scope, *card.Card) nn.Layer) {
		auxiliary := false
		f := Form{Bool("auxiliary", &auxiliary, "true adds the two auxiliary heads in training")}
		return f, func(s graph.Scope, c *card.Card) nn.Layer {
			return zoo.NewGoogLeNet(s, len(c.Classes), zoo.GoogLeNetOpts{Auxiliary: auxiliary})
		}
	}
	return e
}

// vgg has so many weights that its default is a short run on few pictures.
func vgg(name, layers string, network func(graph.Scope, int) *zoo.VGG) Entry {
	e := coloured(name, "VGG with "+layers+" layers", 64, "classifier.6", "classifier")
	e.Recipe = Recipe{
		Epochs: 3, Batch: 32, Solver: "nesterov", Rate: 1e-2,
		Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4", "clip": "1", "per_class": "200"},
	}
	more := e.RecipeFor("")
	more.Set = maps.Clone(more.Set)
	more.Set["augment"] = "crop+flip"
	e.Recipes = map[string]Recipe{"cifar10": more}
	e.Layer = plain(func(s graph.Scope, c *card.Card) nn.Layer { return network(s, len(c.Classes)) })
	return e
}
