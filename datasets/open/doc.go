// Package open finds the parts of a data set: by its name, or by how the files of a folder are laid out.
//
// Known are folders of classes in parts (torchvision, Keras, Ultralytics), boxes in the forms of VOC, COCO and YOLO as
// the usual tools lay them out, and the sets of datasets.Catalog that hold pictures. What was taken for which part is
// said in one line, what was left out is named, and no file is used twice.
//
//	p, err := open.Open(ctx, "pictures/flowers", open.Opts{Input: []int{3, 64, 64}})
//	fmt.Println(p.Took) // train/ to train on, val/ to test
//
// Cut keeps a share of the training part to validate on where the set has no part for it.
package open
