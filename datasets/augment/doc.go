// Package augment changes pictures without changing what they show.
//
// The deterministic functions (FlipHorizontal, Rotate, Resize, …) take an Image of float32
// or float64 [C, H, W], return a new one, say in an error what does not fit. The
// Transforms draw their parameters at random; a Pipeline strings them together as the
// hook of a loader. Its numbers depend on the seed, the epoch, the index of the example
// only, so that a run repeats whatever the number of goroutines.
//
//	p, err := augment.NewPipeline(1, []int{3, 32, 32}, augment.RandomCrop{Pad: 4}, augment.RandomFlip{Horizontal: 0.5})
//	if err != nil {
//		return err
//	}
//	p.Apply(x, epoch, index) // x [3·32·32] is changed in place
//
// Source: cheatsheet §3.1. Boxes that must follow their picture are handled in datasets/box.
package augment
