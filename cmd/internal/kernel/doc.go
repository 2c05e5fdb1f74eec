// Package kernel runs Go notebooks as a Jupyter kernel: protocol 5.3 on five
// ZeroMQ sockets, with the interpreter gomacro behind it.
//
//	cells are evaluated one after the other     interpreter.go
//	values become pictures, tables, formulas    display.go
//	messages are signed, routed, answered       message.go, sockets.go, kernel.go
//
// Notebooks written for gophernotes run unchanged: the package display, the
// display methods of values and the commands that begin with a colon or % are
// those of gophernotes.
//
// Source: Jupyter's documentation, "Messaging in Jupyter", version 5.3.
package kernel
