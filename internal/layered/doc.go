// Package layered draws a directed graph without cycles in layers, as SVG.
//
//	svg := layered.SVG("", []layered.Box{
//		{Lines: []string{"x", "[1, 784]"}, Kind: layered.Input},
//		{Lines: []string{"fc.weight", "[10, 784]"}, Kind: layered.Weights},
//		{Lines: []string{"Linear", "[1, 10]"}, Reads: []int{0, 1}},
//	})
//
// A box stands below all that it reads. Equal arguments give equal pictures.
package layered
