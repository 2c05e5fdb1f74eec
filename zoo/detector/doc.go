// Package detector uses networks that say where things are in a picture: inputs
// [N, C, H, W] go in, boxes with classes come out, or points.
//
//	d := detector.NewYOLO(store, network, []int{3, 96, 96}, anchors, classes)
//	found, err := d.Detect(x, n, decode.SuppressOptions{ScoreMin: 0.6, IoU: 0.5})
//
// Package solvers/train/detect trains these networks and measures them by what is
// here; package infer opens trained ones. A detector is for one goroutine at a
// time.
package detector
