// Package corpus reads running text of any size as sentences of words.
//
//	c, err := corpus.Open("texts/", corpus.Options{})
//	if err != nil {
//		return err
//	}
//	v, err := c.Vocabulary(ctx, text.VocabularyOptions{MinCount: 5})
//	if err != nil {
//		return err
//	}
//	err = c.IDs(ctx, v, func(ids []int32) error { return counter.Add(ids) })
//
// A corpus is a file or a folder of them, plain text or MediaWiki dumps, as they are or packed with gzip, bzip2, zstd.
// Nothing but the present sentence is held, so that neither a text nor a line can be too long.
//
// A word is a run of letters, marks, digits and underscores, in lower case and Unicode's composed form; all else parts
// words. A sentence ends where a line does; in a file with blank lines, which is prose broken into lines of one width,
// where a paragraph does.
package corpus
