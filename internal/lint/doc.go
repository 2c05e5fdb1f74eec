// Package lint tests the rules of this repository that a program can check.
//
// It has tests only. They read the files of the module, without running the go
// command or git, so that they say the same on a bare clone:
//
//	go test ./internal/lint
//
// Every finding is one line, "path:line: what was found, what is expected".
// Each rule is also run on a small tree that breaks it, which shows that the
// rule can fail. Generated files are read for their imports only; folders named
// testdata and modules of their own, such as internal/kernels/gen, not at all.
package lint
