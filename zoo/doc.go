// Package zoo has the models: one file an architecture.
//
// A model is a struct of layers, a constructor that names them below a
// [graph.Scope], and a Forward that reads top to bottom:
//
//	logits := zoo.NewLeNet(g.Scope(), 10).Forward(x)
//
// Models return logits, raw boxes, raw scores; softmax and decoding belong to
// losses and zoo/decode. Names and layouts of the parameters are those of the
// PyTorch state dict of the same model; where published weights use other
// names, a function here translates them for the loader of graph/checkpoint:
//
//	_, err := checkpoint.Load(path, store, checkpoint.Opts{Rename: zoo.ResNetName})
//
// The larger classifiers are made of two parts, Features and Head, for transfer
// learning on kept features and for pictures of what the network sees.
package zoo
