// Package create has the models of the command that make pictures: gan, dcgan, cgan,
// fast-style; beside them stands the verb style.
//
//	hocsau train dcgan --data mnist --judge lenet_judge.safetensors
//	hocsau generate last --interpolate --out way.gif
//	hocsau style cat.png painting.jpg --out cat-painted.png
//
// The networks are those of zoo; their steps are in solvers/train.
package create
