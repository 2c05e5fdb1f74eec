// Package words judges word vectors by what people say about words.
//
//	v, err := vectors.Open("glove.txt")
//	…
//	pairs, err := vectors.ReadSimilarities("EN-WS-353-ALL.txt")
//	…
//	s, err := words.Similarities(v, pairs)
//	fmt.Printf("%.3f of %d pairs, %.0f %% covered\n", s.Spearman, s.Pairs, 100*s.Coverage())
//
// A word that the table lacks is looked for in lower case; one that it lacks still takes its question out of the score,
// and the coverage says how many are left. Search finds neighbours and answers analogies.
//
// It stands beside metrics rather than in datasets/vectors because it computes with metrics.Table and metrics.Spearman,
// which datasets may not import; metrics itself knows numbers, no words.
package words
