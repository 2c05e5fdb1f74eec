// Package words has the command's models of words: vectors by skip-gram, CBOW,
// GloVe, a language model.
package words
