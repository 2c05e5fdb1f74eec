// Package detect has the models that say where things are for the command.
//
// [Area] lists them, with the command detect, which draws what a trained model
// finds in pictures:
//
//	localiser, landmarks           one object
//	yolo, rcnn, fast-rcnn, faster-rcnn   many
package detect
