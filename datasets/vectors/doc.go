// Package vectors reads, writes tables of word vectors in the formats that others use.
//
//	v, err := vectors.Open("glove.6B.100d.txt.gz")
//	if err != nil {
//		return err
//	}
//	if i, ok := v.Index("king"); ok {
//		fmt.Println(v.Row(i))
//	}
//	err = v.Save("king.safetensors", vectors.Safetensors)
//
// Formats are recognised by their content: word2vec's text and binary, GloVe's text, safetensors with the tensors
// "vectors" [V, D] and "words"; the first three may be packed with gzip, zstd, bzip2. What a file claims is never
// believed before its bytes have been read.
//
// The package also reads what vectors are judged by: lists of similar words, analogies. metrics/words judges.
package vectors
