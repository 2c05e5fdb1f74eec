package classify

import (
	"maps"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// pictureNetworks are the networks for coloured pictures of any size from the
// one that they are given here: the CIFAR form of ResNet at 32×32, those for
// ImageNet at 64×64.
func pictureNetworks() map[string]network {
	all := map[string]network{
		"squeezenet": squeezeNet(),
		"googlenet":  googLeNet(),
	}
	for layers, blocks := range map[string]int{"20": 3, "32": 5, "44": 7, "56": 9} {
		all["resnet"+layers] = cifarResNet(layers, blocks)
	}
	for name, network := range map[string]func(graph.Scope, int) *zoo.ResNet{
		"resnet18": zoo.NewResNet18, "resnet34": zoo.NewResNet34, "resnet50": zoo.NewResNet50,
	} {
		n := pictures("ResNet with "+name[len("resnet"):]+" layers, the ImageNet form", 64, "fc", "layer4")
		n.build = func(s graph.Scope, _ run.Settings, _ []int, classes int) nn.Layer { return network(s, classes) }
		all[name] = n
	}
	for name, network := range map[string]func(graph.Scope, int) *zoo.VGG{"vgg16": zoo.NewVGG16, "vgg19": zoo.NewVGG19} {
		all[name] = vgg(name[len("vgg"):], network)
	}
	return all
}

// pictures is a network for coloured pictures, without its constructor.
func pictures(about string, side int, head string, late ...string) network {
	return network{
		about: about, section: "1.6.3", data: []string{"shapes", "cifar10", "folder"},
		input: []int{3, side, side}, classes: 10, head: head, late: late,
		recipe: run.Recipe{
			Epochs: 6, Batch: 64, Solver: "adam", Rate: 3e-3,
			Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4"},
		},
		rename: zoo.ResNetName,
	}
}

// cifarRecipe is for CIFAR-10: fewer steps than the paper's 64,000, at a rate
// that rises and falls.
//
// Source: arXiv:1512.03385 §4.2; arXiv:1708.07120.
func cifarRecipe() run.Recipe {
	return run.Recipe{
		Epochs: 24, Batch: 64, Solver: "nesterov", Rate: 0.1,
		Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4", "augment": "crop+flip"},
	}
}

func cifarResNet(layers string, blocks int) network {
	options := func(s run.Settings) (o zoo.CIFARResNetOpts, err error) {
		o.Blocks = blocks
		kind, err := s.OneOf("shortcut", "A", "A", "B")
		if err != nil {
			return o, err
		}
		if kind == "B" {
			o.Shortcut = zoo.Project
		}
		batchNorm, err := s.Bool("batch_norm", true)
		if err != nil {
			return o, err
		}
		o.NoBatchNorm = !batchNorm
		o.Dropout, err = s.Float("dropout", 0, 0)
		if err == nil && o.Dropout >= 1 {
			err = run.Usagef("--set dropout=%g: expected a probability below 1", o.Dropout)
		}
		return o, err
	}
	n := pictures("ResNet with "+layers+" layers for small pictures", 32, "fc", "layer3")
	n.recipes = map[string]run.Recipe{"cifar10": cifarRecipe()}
	n.keys = map[string]string{
		"shortcut":   "A (subsample, pad with zeros; the default) or B (1×1 convolution) where the size changes",
		"batch_norm": "false leaves out batch norm, to see what it is for",
		"dropout":    "probability with which a value between the convolutions of a block is dropped",
	}
	n.check = func(s run.Settings) error {
		_, err := options(s)
		return err
	}
	n.build = func(s graph.Scope, set run.Settings, _ []int, classes int) nn.Layer {
		o, _ := options(set) // checked before
		return zoo.NewCIFARResNetWith(s, classes, o)
	}
	return n
}

func squeezeNet() network {
	version := func(s run.Settings) (string, error) { return s.OneOf("version", "1.1", "1.0", "1.1") }
	n := pictures("SqueezeNet: few weights, thanks to 1×1 filters", 64, "classifier.1", "features.12", "features.11", "features.10")
	n.recipe = run.Recipe{Epochs: 12, Batch: 32, Solver: "adam", Rate: 5e-4, Set: map[string]string{"schedule": "onecycle"}}
	n.rename = zoo.SqueezeNetName
	n.keys = map[string]string{
		"version":  "1.0 or 1.1 (the default, with fewer operations)",
		"head_pad": "zeros around the input of the last layer: 1 for the authors' weights",
	}
	n.check = func(s run.Settings) error {
		if _, err := version(s); err != nil {
			return err
		}
		_, err := s.Int("head_pad", 0, 0)
		return err
	}
	n.build = func(s graph.Scope, set run.Settings, _ []int, classes int) nn.Layer {
		v, _ := version(set) // checked before
		pad, _ := set.Int("head_pad", 0, 0)
		if v == "1.0" {
			return zoo.NewSqueezeNet10(s, classes, zoo.SqueezeNetOpts{HeadPad: pad})
		}
		return zoo.NewSqueezeNet11(s, classes, zoo.SqueezeNetOpts{HeadPad: pad})
	}
	return n
}

func googLeNet() network {
	n := pictures("GoogLeNet: nine Inception modules", 64, "fc", "inception5a", "inception5b")
	n.recipe = run.Recipe{Epochs: 8, Batch: 32, Solver: "adam", Rate: 5e-4, Set: map[string]string{"schedule": "onecycle"}}
	n.keys = map[string]string{"auxiliary": "true adds the two auxiliary heads in training (default: false)"}
	n.check = func(s run.Settings) error {
		_, err := s.Bool("auxiliary", false)
		return err
	}
	n.build = func(s graph.Scope, set run.Settings, _ []int, classes int) nn.Layer {
		auxiliary, _ := set.Bool("auxiliary", false) // checked before
		return zoo.NewGoogLeNet(s, classes, zoo.GoogLeNetOpts{Auxiliary: auxiliary})
	}
	return n
}

// vgg has so many weights that its default is a short run on few pictures.
func vgg(layers string, network func(graph.Scope, int) *zoo.VGG) network {
	n := pictures("VGG with "+layers+" layers", 64, "classifier.6", "classifier")
	n.recipe = run.Recipe{
		Epochs: 3, Batch: 32, Solver: "nesterov", Rate: 1e-2,
		Set: map[string]string{"schedule": "onecycle", "weight_decay": "5e-4", "clip": "1", "per_class": "200"},
	}
	n.recipes = map[string]run.Recipe{"cifar10": merge(n.recipe, map[string]string{"augment": "crop+flip"})}
	n.build = func(s graph.Scope, _ run.Settings, _ []int, classes int) nn.Layer { return network(s, classes) }
	return n
}

// merge returns the recipe with more settings.
func merge(r run.Recipe, more map[string]string) run.Recipe {
	set := maps.Clone(r.Set)
	maps.Copy(set, more)
	r.Set = set
	return r
}
