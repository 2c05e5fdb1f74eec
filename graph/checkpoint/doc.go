// Package checkpoint saves the parameters of a graph.Store under the names of
// PyTorch state dicts:
//
//	err := checkpoint.Save("lenet.safetensors", store, nil)
//	…
//	_, err = checkpoint.Load("lenet.safetensors", store, checkpoint.Opts{})
//
// The graph is built before loading: it makes the parameters that the file
// gives values to. The format is that of internal/safetensors, which knows
// arrays but no parameters; PyTorch's own files are read too, by
// internal/torchfile. How far a run is, solvers/train saves beside it.
package checkpoint
