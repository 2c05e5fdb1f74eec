// Package edition makes editions of the notebooks in other languages.
//
// A notebook is written in English. Its edition in another language has the same
// cells of code; its cells of text come from a table, which names each by the
// notebook's id of it:
//
//	%% 1b2c3d4e 0123456789abcdef
//	The translated text, up to the next such line.
//
// The second word is the Sum of the English text that was translated: when that
// changes, the translation is known to be stale.
package edition

//go:generate go run gen.go ../../../notebooks vi
