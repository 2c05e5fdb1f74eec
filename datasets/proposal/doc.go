// Package proposal finds regions of a picture that may hold an object.
//
// [Segment] cuts a picture into regions of like colour; [Search] joins them
// step by step, the most similar first, and proposes the box of every region
// met on the way:
//
//	boxes, err := proposal.Search(picture, proposal.Options{})
//
// R-CNN, Fast R-CNN look at these boxes alone.
//
// Source: cheatsheet §1.6 (R-CNN); P. Felzenszwalb, D. Huttenlocher, "Efficient
// graph-based image segmentation", 2004; J. Uijlings et al., "Selective search
// for object recognition", 2013.
package proposal
