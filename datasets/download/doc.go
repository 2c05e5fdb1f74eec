// Package download fetches files from mirrors into a folder.
//
// A file is written beside its final name, checked against its checksum and
// renamed, so that under the final name there is the whole file or none. What
// an interrupted download left is continued by the next one:
//
//	err := download.Fetch(ctx, download.File{
//		Path: "cache/train-labels-idx1-ubyte.gz",
//		URLs: []string{"https://a.example/train-labels-idx1-ubyte.gz", …},
//		Sum:  "sha256:3552534a…",
//		Size: 28881,
//	}, download.Options{Progress: bar})
//
// Package datasets uses it for the sets of its table.
package download
