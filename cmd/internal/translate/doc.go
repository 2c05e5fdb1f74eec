// Package translate holds the command's translators: sequence to sequence, with
// attention or without.
package translate
