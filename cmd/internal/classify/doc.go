// Package classify holds the command's classifiers: LeNet, the plain network,
// the ResNets, trained on labelled pictures.
package classify
