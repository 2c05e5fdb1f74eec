// Package parallel reads texts with their translations, sentence by sentence.
//
//	pairs, err := parallel.ReadFiles("train.de.gz", "train.en.gz")
//	fmt.Println(pairs[0].Source, "→", pairs[0].Target)
//
// [ReadTSV] reads columns of one file, [ReadIWSLT] the XML of the IWSLT
// campaigns. [Open] opens the sets that the program knows, with their parts, and
// a user's own files. Tokens and vocabularies are in the package text.
package parallel
