package zoo

import (
	"strconv"
	"strings"
)

// ResNetName returns the name here of a tensor in published weights of the CIFAR
// ResNets, which were saved from several devices and call the last layer
// linear: "module.linear.weight" is "fc.weight". Other names stay as they are.
func ResNetName(name string) string {
	name = strings.TrimPrefix(name, "module.")
	if rest, ok := strings.CutPrefix(name, "linear."); ok {
		return "fc." + rest
	}
	return name
}

// SqueezeNet10Name returns the name here of a tensor in the authors' weights of
// version 1.0: "fire2/conv1x1_1.weight" is "features.3.squeeze.weight". Other
// names stay as they are.
func SqueezeNet10Name(name string) string {
	return squeezeNetName(name, []int{3, 4, 5, 7, 8, 9, 10, 12})
}

// SqueezeNet11Name returns the name here of a tensor in weights of version 1.1
// that name the layers as the authors do: "fire2/squeeze1x1.weight" is
// "features.3.squeeze.weight". Other names stay as they are.
func SqueezeNet11Name(name string) string {
	return squeezeNetName(name, []int{3, 4, 6, 7, 9, 10, 11, 12})
}

// SqueezeNetName returns the name here of a tensor in the authors' weights of
// either version, whose files spell the layers of a Fire module differently.
func SqueezeNetName(name string) string {
	if strings.Contains(name, "/conv1x1_") || strings.Contains(name, "/conv3x3_") {
		return SqueezeNet10Name(name)
	}
	return SqueezeNet11Name(name)
}

// squeezeNetName translates a name; positions are those of fire2, fire3, ….
func squeezeNetName(name string, positions []int) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return name
	}
	layer, kind := name[:dot], name[dot:]
	switch layer {
	case "conv1":
		return "features.0" + kind
	case "conv_final", "conv10":
		return "classifier.1" + kind
	}
	fire, part, _ := strings.Cut(layer, "/")
	number, err := strconv.Atoi(strings.TrimPrefix(fire, "fire"))
	if err != nil || number < 2 || number-2 >= len(positions) {
		return name
	}
	switch part {
	case "conv1x1_1", "squeeze1x1":
		part = "squeeze"
	case "conv1x1_2", "expand1x1":
		part = "expand1x1"
	case "conv3x3_2", "expand3x3":
		part = "expand3x3"
	default:
		return name
	}
	return "features." + strconv.Itoa(positions[number-2]) + "." + part + kind
}
