// Package safetensors is the codec of the safetensors format: named arrays behind
// one JSON header, as PyTorch keeps its weights.
//
//	f, err := safetensors.Open("model.safetensors")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	for _, name := range f.Names() {
//		t, err := f.Tensor(name) // only now its bytes are read
//		…
//	}
//
// A file is an 8-byte little-endian header length, the header, then the raw
// little-endian row-major data. The header maps a name to dtype, shape and
// [begin, end) in the data; "__metadata__" maps strings to strings. Everything
// the header claims is checked against the size of the file before memory is
// taken. graph/checkpoint builds on this package and knows parameters; this
// package knows only arrays.
//
// Source: https://github.com/huggingface/safetensors (README, "Format").
package safetensors
