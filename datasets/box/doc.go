// Package box describes rectangles around objects: their forms, overlap, anchors, files.
//
// A Box holds two corners, a Center holds the cheatsheet's b_x, b_y, b_h, b_w; both hold pixels
// or shares of the picture, as their owner says. VOC XML, COCO JSON, YOLO text files
// become Annotations with boxes in pixels; what is wrong in a file is reported as a Problem, object by object.
//
//	a := box.Box{X1: 0, Y1: 0, X2: 2, Y2: 2}
//	b := box.Box{X1: 1, Y1: 0, X2: 3, Y2: 2}
//	fmt.Println(box.IoU(a, b)) // 0.333…
//
// Anchors are found by KMeans; Assign fills the targets of a YOLO head, Encode those of an R-CNN.
// Augmentation moves boxes with the pixels of their picture.
//
// Source: cheatsheet §1.6.
package box
