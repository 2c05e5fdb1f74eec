// Package symbols tells the interpreter of notebooks what is in the packages
// that a notebook may import: this project's, Gorgonia's, Gonum's.
//
// The tables are made by gen.go; make them again with go generate when the
// exported names of a package change.
package symbols

//go:generate go run gen.go
