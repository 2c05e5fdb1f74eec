// Package machine says what this machine has: how much memory this process can
// take:
//
//	if err := machine.Fits("the pictures", need); err != nil { … }
//
// A Go program that takes more than there is ends with a report of the runtime,
// not with an error; what needs much asks first.
package machine
