// Package sequence holds the command's recurrent networks: sentiment of a text,
// tags of words, language models of characters, of tunes.
package sequence
