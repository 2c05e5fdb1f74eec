// Package idx reads sets of images in the IDX format of MNIST.
//
// A folder holds up to four files: train-images-idx3-ubyte,
// train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte,
// plain or gzip. Open makes datasets of them:
//
//	train, test, err := idx.Open("data/mnist", idx.Options{})
//	x := make([]float32, 28*28)
//	label, err := train.At(0, x) // x [1, 28, 28], values 0..1
//
// The pixels stay bytes in memory; At converts them. Read and Write serve a
// single file.
package idx
