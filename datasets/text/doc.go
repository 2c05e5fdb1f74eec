// Package text turns writing into numbers: files into lines, lines into tokens, tokens into ids.
//
// Everything is safe for any bytes: invalid UTF-8 is carried through, never replaced, never a reason to stop.
//
//	counts := text.Counts{}
//	err := text.Lines("corpus.txt.gz", func(line string) error {
//		counts.Add(text.Words(text.Lower(text.NFC(line))))
//		return nil
//	})
//	if err != nil {
//		return err
//	}
//	v, err := text.NewVocabulary(counts, text.VocabularyOptions{MinCount: 5, Specials: []string{text.Pad, text.Unknown}})
//
// Readers: Lines (plain, gzip, bzip2, zstd), ReadCoNLL, ReadCoNLLU, ReadTSV, ReadParallel, ReadSegments. Tokens:
// Fields, Words, Characters, BPE. For word vectors: SkipgramPairs, NoiseDistribution, Alias, SubsamplingKeep,
// Cooccurrence. Batches of like length: Batches, Bounds. N-gram models live in datasets/text/ngram.
package text
