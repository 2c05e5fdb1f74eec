// Package plot draws pictures of a training run: numbers in, images out.
//
//	img, err := plot.Curves(plot.Panel{
//		Title: "loss", XLabel: "epoch", LogY: true,
//		Series: []plot.Series{{Name: "train", Y: train}, {Name: "val", Y: val}},
//	})
//	…
//	err = plot.WritePNG("runs/lenet-1/curves.png", img)
//
// Curves, ROC, PrecisionRecall and Histogram draw axes; ConfusionMatrix and
// ImageGrid draw cells; Terminal writes small pictures as text; WriteSVG, WriteDOT
// draw the layers of a network; Scatter draws a map of named points, also as SVG or a
// page; Map and Attention show themselves in a notebook. All fonts are embedded, and equal arguments give equal pictures. metrics computes the
// numbers that are drawn here; it knows no pictures, and this package computes
// no metric.
package plot
