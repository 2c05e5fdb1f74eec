// Package ngram estimates the probability of a word from the few words before it.
//
// Train counts the n-grams of sentences; MLE, AddK, KneserNey are estimates from the same counts.
//
//	c, err := ngram.Train(3, [][]string{{"the", "cat", "sleeps"}, {"the", "dog", "sleeps"}})
//	if err != nil {
//		return err
//	}
//	m, err := ngram.NewKneserNey(c, 0.75)
//	if err != nil {
//		return err
//	}
//	p := m.Prob([]string{"the", "cat"}, "sleeps")
//
// Each sentence is padded with n − 1 marks <s> before it, n − 1 marks </s> after it. The vocabulary holds all words,
// the marks (for n > 1), <UNK>, as which unseen words are read.
//
// For much text there is LM, in sorted arrays, made by a Builder with bounded memory, which reads and writes the ARPA
// format:
//
//	b, err := ngram.NewBuilder(5, ngram.BuildOptions{})
//	…
//	err = text.Lines("corpus.txt", func(line string) error { return b.AddLine([]byte(line)) })
//	…
//	lm, err := b.Estimate()
//	…
//	err = lm.SaveARPA("corpus.arpa")
//
// Source: cheatsheet §2.5 (language models).
package ngram
