// Package detect trains networks that say where things are in a picture.
//
// [NewYOLO] and [NewFasterRCNN] make tasks of package solvers/train that are
// trained end to end; [NewRegions] makes that of R-CNN or Fast R-CNN, to which
// selective search proposes the boxes. [NewLocaliser] finds one object,
// [NewLandmarks] its key points:
//
//	task, err := detect.NewYOLO(store, train, val, detect.YOLOOpts{Options: detect.Options{Batch: 8}})
//	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: 50}
//	…
//	result, err := detect.Evaluate(task, test, detect.EvalOpts{})
//	fmt.Println(result.MAP50)
//
// Pictures come from datasets/box: values in [0, 1], boxes as shares of the
// picture. The networks are in zoo, the losses in losses.
//
// Source: cheatsheet §1.6.
package detect
