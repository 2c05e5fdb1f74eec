// Package nearest finds what a mistyped name was meant to be:
//
//	nearest.Name("trian", []string{"eval", "predict", "train"}) // "train"
//
// The messages about unknown models, data sets, flags, commands or settings
// suggest it.
package nearest
