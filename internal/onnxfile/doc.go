// Package onnxfile holds the messages of ONNX files.
//
// It reads and writes them and knows no operator:
//
//	m, err := onnxfile.Open("model.onnx")
//	for _, n := range m.Graph.Nodes { fmt.Println(n.OpType, n.Inputs) }
//
// Sizes are checked against the file before memory is taken; weights in raw
// form stay where the file was read. Files of external data must lie in the
// model's folder or below it.
package onnxfile
