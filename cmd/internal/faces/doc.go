// Package faces holds the command's networks that tell pictures apart by their
// embeddings: siamese, triplet, with the commands verify, identify.
package faces
