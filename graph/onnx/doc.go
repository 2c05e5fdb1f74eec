// Package onnx brings networks in from ONNX files.
//
// A model is run as it is, whatever operators and element types it has:
//
//	m, err := onnx.Open("model.onnx")
//	out, err := m.Session().Run(map[string]*onnx.Array{"x": x})
//
// or becomes part of a graph, where its weights are parameters of the store:
//
//	y, err := m.Build(g.Scope(), onnx.BuildOpts{}, map[string]*graph.Node{"x": x})
//
// [Write] is the way out. What has floating-point numbers is computed by
// operations of package graph; arithmetic on shapes is done while the graph is
// built, and in a [Session] what no graph computes is done between graphs.
package onnx
