// Package onnxeval computes ONNX operators on arrays in plain Go.
//
// It is the reference that every element type has: what a graph of this project
// does not compute, such as integers, truth values, half precision, results
// whose size depends on values. It is exact rather than fast: floating-point
// numbers are computed in float64 and rounded to the type once.
//
//	out, err := onnxeval.Eval(onnxeval.Call{Node: node, Opset: 17, Inputs: in})
package onnxeval
