package cpu

// sets: every processor of this kind has vectors.
func sets() []Set { return []Set{Generic, NEON} }
