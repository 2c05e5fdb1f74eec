// Package translate holds the command's translators: sequence to sequence, with
// attention or without; the captioner, which describes pictures.
package translate
