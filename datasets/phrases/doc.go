// Package phrases makes up English sentences whose labels are known.
//
// It is the text that needs no file: sentence i of a part is a function of the seed, the part, i, made when it is
// asked for. Each carries a sentiment, the names in it (BIO), the part of speech of each word (Universal Dependencies).
//
//	s, err := phrases.New(phrases.Options{Part: phrases.Train})
//	if err != nil {
//		return err
//	}
//	x, err := s.At(0)
//	fmt.Println(x, x.Sentiment, x.Entities, x.POS)
//
// The parts have no sentence in common. What makes the tasks more than a look-up: a negation turns the sentiment,
// after "but" the last clause decides, some names are those of a person here, of a place there, some words are noun
// here, verb there.
//
// Groups tells which words play the same part, so that the nearest neighbours of a word's embedding are right or
// wrong.
package phrases
