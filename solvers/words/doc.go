// Package words trains word vectors on real corpora: GloVe, skip-gram, CBOW.
//
// The losses are those of package losses (GloVe, NegativeSampling, CBOWNegativeSampling); there any solver can learn
// them on a graph. Here only the rows of the words at hand are touched, one pair of words after the other, as the
// programs of the papers do.
//
//	corpus := words.NewCorpus(vocabulary.Counts())
//	… corpus.Add(ids) for each sentence
//	t, err := words.NewWord2Vec(corpus, words.Word2VecOptions{Dim: 100})
//	if err != nil {
//		return err
//	}
//	if err := t.Train(ctx); err != nil { // interrupted: t.Save(path), later t.Restore(path), t.Train(ctx)
//		return err
//	}
//	table := t.Vectors() // [V, Dim]
//
// GloVe trains on the blocks of datasets/text/cooccur: goroutines take blocks that share neither rows nor columns, so
// that the result is the same for any number of them. Word2Vec is repeatable with one thread; with more, goroutines
// change the same rows at the same time inside assembly kernels, so that an update is lost now and then, and no two
// runs are equal. Where there is no assembly it uses one.
package words
