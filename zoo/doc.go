// Package zoo has the models: one file an architecture.
//
// A model is a struct of layers, a constructor that names them below a
// [graph.Scope], and a Forward that reads top to bottom:
//
//	logits := zoo.NewLeNet(g.Scope(), 10).Forward(x)
//
// Models return logits, raw boxes, raw scores; softmax and decoding belong to
// losses and zoo/decode.
package zoo
