// Package cooccur counts which words stand near each other in a corpus of any size.
//
// The counts of a corpus do not fit into memory, so a Counter works in a folder within a bound of memory: what it has
// counted goes to sorted files (runs), which Finish merges. Counts are exact sums of whole units, so that neither the
// bound nor an interruption changes a bit of them. Shuffle then puts the entries into random order on disk, by blocks
// of rows × columns as solvers/words trains on them.
//
//	c, err := cooccur.Open(dir, cooccur.Options{Words: v.Len(), Source: "corpus.txt, 5 March"})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	skip := c.Sentences() // counted before an interruption
//	err = text.Lines("corpus.txt", func(line string) error {
//		if skip--; skip >= 0 {
//			return nil
//		}
//		return c.Add(ids(line))
//	})
//	…
//	m, err := c.Finish(ctx)
//	…
//	blocks, err := cooccur.Shuffle(ctx, m, filepath.Join(dir, "blocks"), cooccur.ShuffleOptions{Side: 16, Seed: 1})
//
// For texts that fit into memory, text.Cooccurrence gives the same numbers as cells.
//
// Source: cheatsheet §2.3 (GloVe); Pennington et al. 2014, doi:10.3115/v1/D14-1162.
package cooccur
