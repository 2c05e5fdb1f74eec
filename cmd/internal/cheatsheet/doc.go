// Package cheatsheet is the table of the items of the cheatsheet "Học sâu", with
// where each is found here.
//
// A row is an [Item]: the formula, the symbol that implements it, the test that
// checks it, the command or notebook that shows it, and a worked number that the
// implementation itself computes when it is asked for. The rows are in one file
// a chapter or a part of it (layers.go, objects.go, …), in the order of the
// cheatsheet.
//
//	for _, i := range cheatsheet.Items() {
//		worked, err := i.Worked(cheatsheet.English)
//		…
//	}
//
// [Command] prints them; docs/cheatsheet.md is made of them by go generate.
package cheatsheet

//go:generate go run gen.go ../../../docs
