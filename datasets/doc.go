// Package datasets serves labelled examples, one at a time or in shuffled batches.
//
// A Dataset writes example i into a slice of the caller. Views change what a
// set holds without a copy (Subset, Split, Concat, Normalized); a Loader
// shuffles by (seed, epoch), decodes in the background and hands out batches
// in reused buffers:
//
//	l := datasets.NewLoader(train, datasets.LoaderOptions{Batch: 64, Seed: 1})
//	defer l.Close()
//	for l.Next() {
//		b := l.Batch() // b.X [N, 1, 28, 28], b.Y [N]
//		…
//	}
//	if err := l.Err(); err != nil { … }
//
// Nothing here has hidden state: the order of an epoch depends on the seed and
// the number of the epoch alone, never on threads or on earlier epochs.
//
// Find says where a known set lies on this machine, Get downloads it; the
// table of known sets is in catalog.go. Each format has its own package below
// this one (idx, npy, …), and datasets/digits draws a set that needs no file.
package datasets
