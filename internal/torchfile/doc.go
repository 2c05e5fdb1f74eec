// Package torchfile reads the tensors of PyTorch state dicts, files named .pt,
// .pth or .th. Both forms are read: the zip archive of PyTorch 1.6 and later, and
// the older row of pickles.
//
//	f, err := torchfile.Open("resnet20.th")
//	…
//	w, err := f.Tensor("module.conv1.weight")
//
// Such a file is a pickle, a program for a small stack machine that can name
// any function of Python. The machine here knows numbers, texts, containers and
// tensors and runs nothing: every other object is passed over, and a file whose
// tensors lie in such an object is refused. What a file claims, such
// as the size of a tensor, is checked against its length before memory is taken.
//
// Package safetensors is its neighbour for the format that this project writes.
//
// Sources: docs.python.org/3/library/pickletools; pytorch.org/docs, notes on
// serialization semantics.
package torchfile
