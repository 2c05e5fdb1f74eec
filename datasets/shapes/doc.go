// Package shapes draws pictures of coloured shapes whose class, boxes, landmarks are known.
//
// It is the data set that needs no file: picture i of a part is a function of the seed, the part, i, drawn
// when it is asked for, so that a set of any length takes no memory.
//
//	s, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: 1000})
//	if err != nil {
//		return err
//	}
//	x := make([]float32, 3*64*64)
//	_, err = s.At(0, x)
//	objects, err := s.Truth(0) // classes, boxes, landmarks of the same picture
//
// Boxes are those of datasets/box, as shares of the picture.
package shapes
