// Package digits draws a set of grey digits, 28×28, without any file.
//
//	train, test := digits.Open(0)  // 10,000 and 2,000 examples [1, 28, 28]
//	x := make([]float32, 28*28)
//	label, err := train.At(0, x)   // drawn now, values 0..1
//
// The shapes come from the ten styles of the Go fonts. Each example has its
// own slant, rotation, proportions, place, weight of the stroke, elastic
// bending, blur, strength of the ink and noise, all of which follow from
// (seed, part, index). As in MNIST the ink is white on black, the digit fills
// a box of about 20×20 pixels, and its centre of mass lies near the middle.
// Both parts draw on all fonts and the same distortions.
package digits
