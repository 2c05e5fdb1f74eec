package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// folders and documents are the fixed top level; ignored is what a build, a
// test or a training run leaves there and .gitignore names.
var (
	folders   = []string{"cmd", "datasets", "docs", "graph", "internal", "losses", "metrics", "notebooks", "plot", "solvers", "zoo"}
	documents = []string{"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "README.md", "README.vi.md", "go.mod", "go.sum"}
	ignored   = []string{"runs", "bin"}
)

// made tells files that the commands of the documents leave at the root, which
// .gitignore names as well: programs, pictures, weights.
func made(name string) bool {
	switch strings.TrimSuffix(name, ".exe") {
	case "hocsau", "gophernotes":
		return true
	}
	return slices.Contains([]string{".png", ".gif", ".svg", ".safetensors"}, path.Ext(name))
}

// vague has names that say nothing about what a package is for.
var vague = []string{"base", "common", "helper", "helpers", "misc", "types", "util", "utils"}

// topLevel finds entries of the root that the layout does not have. Names that
// start with a full stop belong to tools.
func topLevel(t *tree) []string {
	var found []string
	for _, e := range t.top {
		name := e.Name()
		known := slices.Contains(documents, name)
		if e.IsDir() {
			known = slices.Contains(folders, name) || slices.Contains(ignored, name)
		}
		if !known && !strings.HasPrefix(name, ".") && (e.IsDir() || !made(name)) {
			found = append(found, name+": not in the fixed top level")
		}
	}
	return found
}

func TestLayout_topLevel(t *testing.T) {
	check(t, topLevel, []sample{
		{
			name:  "unknown",
			files: map[string]string{"helpers/a.go": "package helpers\n", "main.go": "package main\n", "graph": "", ".golangci.yml": "", "runs/lenet-1/config.yaml": "", "hocsau": "", "digits.png": ""},
			want:  []string{"graph: ", "helpers: not in the fixed top level", "main.go: "},
		},
	})
}

// packageNames finds packages named vaguely or unlike their folder.
func packageNames(t *tree) []string {
	var found []string
	for _, f := range t.files {
		name, base := strings.TrimSuffix(f.ast.Name.Name, "_test"), path.Base(f.dir)
		switch {
		case slices.Contains(vague, base) || slices.Contains(vague, name):
			found = append(found, t.at(f.ast.Package, "package %s in %s: expected a name that says what it is for", name, f.dir))
		case name != base && name != "main":
			found = append(found, t.at(f.ast.Package, "package %s in folder %s: expected one name", name, base))
		}
	}
	return found
}

func TestLayout_packageNames(t *testing.T) {
	check(t, packageNames, []sample{
		{
			name: "vague_or_unlike",
			files: map[string]string{
				"graph/util/a.go": "package util\n", "graph/nn/a.go": "package layers\n", "plot/tsne/a_test.go": "package tsne_test\n",
				"cmd/hocsau/main.go": "package main\n",
			},
			want: []string{"graph/nn/a.go:1: package layers in folder nn", "graph/util/a.go:1: package util in graph/util"},
		},
	})
}

// and matches the word that makes two packages of one.
var and = regexp.MustCompile(`\band\b`)

// packageComments finds packages whose purpose is not stated in one place, as
// one sentence that starts "Package x" and does not contain "and"; a program's
// starts "Command x".
func packageComments(t *tree) []string {
	byDir := map[string][]*goFile{}
	for _, f := range t.files {
		if !f.test {
			byDir[f.dir] = append(byDir[f.dir], f)
		}
	}
	var found []string
	for dir, files := range byDir {
		stated := slices.DeleteFunc(slices.Clone(files), func(f *goFile) bool { return f.ast.Doc == nil })
		kind := "Package"
		if files[0].ast.Name.Name == "main" {
			kind = "Command"
		}
		want := fmt.Sprintf("%s %s ", kind, path.Base(dir))
		if len(stated) == 0 {
			found = append(found, fmt.Sprintf("%s: no package comment, expected a doc.go with %q", dir, want+"…"))
			continue
		}
		for _, f := range stated[1:] {
			found = append(found, t.at(f.ast.Doc.Pos(), "a second package comment beside %s", path.Base(stated[0].path)))
		}
		first := stated[0].ast.Doc
		sentence := new(doc.Package).Synopsis(first.Text())
		if !strings.HasPrefix(sentence, want) {
			found = append(found, t.at(first.Pos(), "package comment %q, expected %q", sentence, want+"…"))
		} else if kind == "Package" && and.MatchString(sentence) {
			found = append(found, t.at(first.Pos(), "package comment %q, expected a purpose without \"and\"", sentence))
		}
	}
	slices.Sort(found)
	return found
}

func TestLayout_packageComments(t *testing.T) {
	check(t, packageComments, []sample{
		{
			name:  "missing",
			files: map[string]string{"graph/a.go": "package graph\n"},
			want:  []string{"graph: no package comment"},
		},
		{
			name:  "twice",
			files: map[string]string{"graph/a.go": "// Package graph builds.\npackage graph\n", "graph/b.go": "// Package graph runs.\npackage graph\n"},
			want:  []string{"graph/b.go:1: a second package comment beside a.go"},
		},
		{
			name:  "other_words",
			files: map[string]string{"graph/a.go": "// Graphs are built here.\npackage graph\n", "cmd/hocsau/main.go": "// Package main trains.\npackage main\n", "cmd/kernel/main.go": "// Command kernel reads and runs.\npackage main\n"},
			want:  []string{"cmd/hocsau/main.go:1: package comment \"Package main trains.\", expected \"Command hocsau …\"", "graph/a.go:1: "},
		},
		{
			name:  "two_purposes",
			files: map[string]string{"graph/doc.go": "// Package graph builds and runs. More of it.\npackage graph\n", "plot/doc.go": "// Package plot draws. It reads and writes.\npackage plot\n"},
			want:  []string{"graph/doc.go:1: package comment \"Package graph builds and runs.\", expected a purpose without"},
		},
		{
			name:  "test_files_need_none",
			files: map[string]string{"graph/a_test.go": "package graph\n"},
		},
	})
}

// limit is the number of lines that a file may have.
const limit = 800

// fileLengths finds files that hold more than one idea.
func fileLengths(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if n := bytes.Count(f.src, []byte("\n")); n > limit && !f.generated {
			found = append(found, fmt.Sprintf("%s: %d lines, expected at most %d", f.path, n, limit))
		}
	}
	return found
}

func TestLayout_fileLengths(t *testing.T) {
	long := strings.Repeat("\n", limit)
	check(t, fileLengths, []sample{
		{
			name: "long",
			files: map[string]string{
				"graph/a.go": "package graph\n" + long, "graph/b.go": "package graph" + long,
				"graph/c.go": "// Code generated by gen. DO NOT EDIT.\n\npackage graph\n" + long,
			},
			want: []string{"graph/a.go: 801 lines, expected at most 800"},
		},
	})
}

// unfinished matches words that put work off. The brackets keep a search for
// the words from finding this line.
var unfinished = regexp.MustCompile(`\b(TO[D]O|FIX[M]E|X[X]X)\b`)

// putOff finds comments that put work off.
func putOff(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, group := range f.ast.Comments {
			for _, c := range group.List {
				if w := unfinished.FindString(c.Text); w != "" && !ast.IsGenerated(f.ast) {
					found = append(found, t.at(c.Pos(), "%s: expected the work, or an issue", w))
				}
			}
		}
	}
	return found
}

func TestLayout_nothingPutOff(t *testing.T) {
	word := "TO" + "DO"
	check(t, putOff, []sample{
		{
			name:  "comment",
			files: map[string]string{"graph/a.go": "package graph\n\n// " + word + ": gradients\n\nconst word = \"" + word + "\"\n"},
			want:  []string{"graph/a.go:3: " + word},
		},
	})
}

// machinePath matches a path that only one machine has.
var machinePath = regexp.MustCompile(`/(work|root)/|/(home|tmp|Users)/[a-z]`)

// machinePaths finds paths of one machine in what is not a test.
func machinePaths(t *tree) []string {
	var found []string
	for _, f := range t.texts {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, at := range machinePath.FindAllIndex(f.src, -1) {
			found = append(found, fmt.Sprintf("%s:%d: %q is a path of one machine", f.path, f.line(at[0]), f.src[at[0]:at[1]]))
		}
	}
	return found
}

func TestLayout_noMachinePaths(t *testing.T) {
	check(t, machinePaths, []sample{
		{
			name: "paths",
			files: map[string]string{
				".ci/run": "#!/bin/sh\ncd /work/main\n", "README.md": "open /home/anna/x\n", "graph/a.go": "package graph\n\nconst dir = \"/tmp/x\"\n",
				"docs/a.md": "a framework/library, /tmp, https://go.dev/root\n", "graph/a_test.go": "package graph\n\nconst dir = \"/tmp/x\"\n",
			},
			want: []string{".ci/run:2: \"/work/\"", "README.md:1: ", "graph/a.go:3: "},
		},
	})
}
