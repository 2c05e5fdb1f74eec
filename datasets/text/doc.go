// Package text turns writing into numbers: files into lines, lines into tokens, tokens into ids.
//
// All readers read files through a Decoder: UTF-8, or UTF-16 with a byte order mark; bytes that are no UTF-8 are read as
// windows-1252, zero bytes are refused; lines come in Unicode's composed form. A Reader tells what was guessed. What
// works on strings is safe for any bytes: invalid UTF-8 is carried through, never a reason to stop.
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
