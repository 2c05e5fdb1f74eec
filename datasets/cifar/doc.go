// Package cifar reads the binary version of CIFAR-10.
//
// A record is one byte of label, then 32·32 red, green, blue bytes. Each file may be gzip:
//
//	data_batch_1.bin[.gz] … data_batch_5.bin[.gz]   the training part, whichever of them are there
//	test_batch*.bin[.gz]                            the test part, or a cut of it
//	batches.meta.txt                                the names of the classes, one a line
//
//	s, err := cifar.Open("cifar-10-batches-bin", cifar.Train)
//	if err != nil {
//		return err
//	}
//	x := make([]float32, 3*32*32)
//	label, err := s.At(0, x)
//
// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images".
package cifar
