// Package tsne places points of many dimensions on a plane so that near ones stay near.
//
//	y, err := tsne.Embed(ctx, x, 100, tsne.Options{Perplexity: 30, Seed: 1}) // x [N, 100] → y [N, 2]
//
// Options choose the exact form, O(N²) a step, or Barnes-Hut, O(N log N). Equal arguments give equal bits, for any number
// of goroutines. Affinities, Joint, KL are the formulas of the paper by themselves.
//
// The result is a picture, no measure: distances between far groups, sizes of groups mean little.
//
// Source: cheatsheet §2.4; van der Maaten, Hinton 2008, Journal of Machine Learning Research 9; van der Maaten 2014,
// Journal of Machine Learning Research 15 (Barnes-Hut).
package tsne
