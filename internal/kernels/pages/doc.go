// Package pages asks the system for large pages.
//
//	mem := make([]uint64, n)
//	pages.Large(mem) // before it is first written
//
// A program that walks through megabytes finds few of its 4 KiB pages in the
// processor's tables of addresses; with pages of 2 MiB it finds them all. Linux
// gives them to whom asks, other systems by themselves or not at all.
package pages
