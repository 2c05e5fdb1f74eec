// Package explain shows what a convolutional network sees in one picture.
//
//	view, err := explain.Look(store, build, x, []int{3, 32, 32})
//	…
//	heat, err := view.GradCAM(class)
//
// A view has the logits, the feature maps of each size that the network makes,
// the maps that the class depends on. Package plot draws them; package zoo has
// the networks.
package explain
