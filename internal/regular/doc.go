// Package regular opens regular files: a pipe, a device or a folder in the place
// of one is an error, which nobody waits for.
//
//	f, err := regular.Open("weights.safetensors")
//	b, err := regular.ReadFile("config.yaml", 1<<20)
//
// A pipe keeps a process until somebody writes to it, a device can be read
// without end. Package atomicfile is its neighbour for whole files that are
// written.
package regular
