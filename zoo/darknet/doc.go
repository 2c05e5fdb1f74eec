// Package darknet runs detectors from darknet's files.
//
// A [Config] is what a .cfg file says, a [Net] its graph, a [Detector] both with
// the .weights, ready for pictures:
//
//	d, err := darknet.Open("yolo-fastest.cfg", "yolo-fastest.weights")
//	found, err := d.Detect(x, 1, decode.SuppressOptions{ScoreMin: 0.3, IoU: 0.45, PerClass: true})
//
// Convolutions (grouped ones, too), max pooling, route, shortcut, upsample,
// dropout, the YOLO layers of versions 2 and 3 are known; any other layer is
// refused by name. Networks are run, not trained: batch norm is folded into the
// convolution before it.
//
// Source: arXiv:1612.08242; arXiv:1804.02767; the formats as
// github.com/AlexeyAB/darknet reads them.
package darknet
