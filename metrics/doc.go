// Package metrics measures answers: numbers in, numbers out.
//
//	pred, err := metrics.Argmax(logits, 10) // logits [N, 10], row-major
//	…
//	accuracy, err := metrics.Accuracy(pred, labels)
//
// Matrices are flat slices in row-major order with their width as an argument;
// rates lie in [0, 1], BLEU in [0, 100]. A measure of nothing, of arrays that
// do not fit together or of NaN is an error, never a number. Where a training
// loop sees its data in batches, Mean, Confusion and BLEUStats collect it.
//
// zoo/decode turns outputs into the answers that are measured here; plot draws
// the curves and tables.
package metrics
