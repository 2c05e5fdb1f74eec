// Package npy reads the files of NumPy: .npy with one array, .npz with several by name.
//
//	a, err := npy.ReadFile("weights.npy")       // np.save
//	all, err := npy.ReadNPZFile("weights.npz")  // np.savez, np.savez_compressed
//	w := all["conv1.weight"]                    // w.Shape, w.F64
//
// All versions of the format, byte orders and orders of the axes are read;
// integers, booleans and floating numbers up to 64 bits are widened without
// loss. Objects, strings and records are refused: objects would run code.
package npy
