// Package orl reads the ORL faces: 40 people, 10 grey pictures each.
//
//	train, test, err := orl.Open("faces/orl_faces", 56, 46)
//
// The folder has a sub-folder a person, s1 to s40, each with 1.pgm to 10.pgm of
// 92×112 pixels. Nobody is in both parts: the first 30 are for training, the last
// 10 for the test.
//
// Source: F. Samaria, A. Harter, "Parameterisation of a stochastic model for
// human face identification", doi:10.1109/ACV.1994.341300.
package orl
