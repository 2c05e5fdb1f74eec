package lint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed has, for every package of this module, the packages of this module
// that its code may import; tests may import more. The longest name that fits
// counts. A name ending in "/..." stands for a folder with all below it.
var allowed = []struct {
	pkg     string
	imports []string
}{
	{"docs/examples/...", []string{
		"zoo/...", "solvers/...", "losses", "datasets/...", "metrics", "plot/...", "graph/...",
	}},
	{"cmd/...", []string{
		"cmd/...", "zoo/...", "solvers/...", "losses", "datasets/...", "metrics/...", "plot/...", "graph/...",
		"internal/atomicfile", "internal/kernels/...", "internal/machine", "internal/nearest", "internal/regular",
	}},
	{"solvers/train/...", []string{
		"solvers/train/...", "zoo/...", "solvers", "losses", "datasets/...", "metrics", "plot/...", "graph/...",
		"internal/atomicfile", "internal/kernels/cpu", "internal/regular", "internal/safetensors",
	}},
	{"solvers/words", []string{"datasets/text/...", "internal/atomicfile", "internal/kernels/...", "internal/safetensors"}},
	{"zoo", []string{"losses", "graph", "graph/nn/..."}},
	{"zoo/decode", []string{"datasets/box", "internal/machine"}},
	// What a model says of itself: how files become inputs.
	{"zoo/card", []string{"datasets/..."}},
	// Selective search proposes the regions of R-CNNs.
	{"zoo/detector", []string{"zoo", "zoo/decode", "graph", "graph/nn/...", "datasets/augment", "datasets/box", "datasets/proposal"}},
	{"zoo/catalog", []string{"zoo/...", "graph", "graph/nn/...", "graph/checkpoint", "graph/onnx"}},
	{"zoo/infer", []string{"zoo/...", "graph", "graph/nn/...", "graph/checkpoint", "graph/onnx", "datasets/..."}},
	{"zoo/explain", []string{"graph"}},
	// A published detector is a network with its own files and its own boxes.
	{"zoo/darknet", []string{"graph", "zoo/decode", "datasets/box", "internal/regular"}},
	// Nearest neighbours by matrix products; a gallery is a file.
	{"zoo/gallery", []string{"internal/kernels/...", "internal/safetensors"}},
	{"losses", []string{"graph"}},
	{"solvers", []string{"graph", "internal/kernels/...", "internal/nearest"}},
	{"graph", []string{"internal/kernels/...", "internal/layered", "internal/machine"}}, // to draw itself
	{"graph/onnx", []string{"graph", "internal/onnxeval", "internal/onnxfile"}},
	{"graph/nn", []string{"graph"}},
	{"graph/nn/...", []string{"graph", "graph/nn"}},
	{"graph/gradcheck", []string{"graph"}},
	{"graph/checkpoint", []string{"graph", "internal/atomicfile", "internal/machine", "internal/onnxfile", "internal/regular", "internal/safetensors", "internal/torchfile"}},
	{"metrics", []string{"datasets/box"}},
	{"metrics/words", []string{"metrics", "datasets/vectors"}},
	{"datasets/...", []string{"datasets/...", "internal/atomicfile", "internal/machine", "internal/nearest", "internal/regular", "internal/safetensors"}},
	{"plot/...", []string{"plot/...", "internal/atomicfile"}},
	{"internal/atomicfile", nil},
	{"internal/safetensors", []string{"internal/atomicfile", "internal/regular"}},
	{"internal/onnxfile", []string{"internal/machine"}}, // refuses what no memory holds
	{"internal/onnxeval", []string{"internal/machine", "internal/onnxfile"}},
	{"internal/torchfile", []string{"internal/regular", "internal/safetensors"}}, // for the type of a tensor
	{"internal/golden", []string{"internal/safetensors"}},
	{"internal/kernels/...", []string{"internal/kernels/..."}},
	{"internal/layered", nil},
	{"internal/lint", nil},
	{"internal/machine", nil},
	{"internal/nearest", nil},
	{"internal/regular", nil},
}

// gorgonia has the packages whose code may import gorgonia.org/…: those that
// wrap it, the tables that let notebooks use it, the examples for its users.
var gorgonia = []string{"graph/...", "solvers", "cmd/internal/symbols", "docs/examples/..."}

// rejected has the modules that this project decided against.
var rejected = []string{
	"github.com/daulet/tokenizers",
	"github.com/disintegration/imaging",
	"github.com/hashicorp/go-getter",
	"github.com/owulveryck/onnx-go",
}

// importDirections finds imports that do not point downwards.
func importDirections(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, spec := range f.ast.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				found = append(found, t.at(spec.Pos(), "import %s: %v", spec.Path.Value, err))
				continue
			}
			if why := refuse(f, name); why != "" {
				found = append(found, t.at(spec.Pos(), "import %s: %s", name, why))
			}
		}
	}
	return found
}

// refuse says why f may not import name; empty where it may.
func refuse(f *goFile, name string) string {
	if name == "C" {
		return "cgo: expected a build with CGO_ENABLED=0"
	}
	if slices.ContainsFunc(rejected, func(m string) bool { return within(name, m+"/...") }) {
		return "a module that this project decided against"
	}
	if f.test {
		return ""
	}
	if within(name, "gorgonia.org/...") && !slices.ContainsFunc(gorgonia, func(p string) bool { return within(f.dir, p) }) {
		return "expected only in " + strings.Join(gorgonia, ", ")
	}
	own, ok := strings.CutPrefix(name, module+"/")
	if !ok {
		return ""
	}
	imports, ok := permission(f.dir)
	if !ok {
		return fmt.Sprintf("the table of import directions has no row for %s", f.dir)
	}
	if slices.ContainsFunc(imports, func(p string) bool { return within(own, p) }) {
		return ""
	}
	if len(imports) == 0 {
		return fmt.Sprintf("%s may import no package of ours", f.dir)
	}
	return fmt.Sprintf("%s may import of ours only %s", f.dir, strings.Join(imports, ", "))
}

// permission returns what the code in dir may import; false where the table has
// no row for it.
func permission(dir string) ([]string, bool) {
	var rows []int
	for i, row := range allowed {
		if within(dir, row.pkg) {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil, false
	}
	best := slices.MaxFunc(rows, func(a, b int) int { return cmp.Compare(len(allowed[a].pkg), len(allowed[b].pkg)) })
	return allowed[best].imports, true
}

func TestImports_pointDownwards(t *testing.T) {
	importing := func(name string) string { return "package p\n\nimport _ \"" + name + "\"\n" }
	check(t, importDirections, []sample{
		{
			name:  "upwards",
			files: map[string]string{"graph/up.go": importing(module + "/zoo")},
			want:  []string{"graph/up.go:3: import github.com/hocsau/hocsau/zoo: graph may import of ours only internal/kernels/..."},
		},
		{
			name:  "nothing_of_ours",
			files: map[string]string{"datasets/idx/a.go": importing(module + "/graph"), "internal/atomicfile/a.go": importing(module + "/graph")},
			want:  []string{"datasets/idx/a.go:3: ", "internal/atomicfile/a.go:3: import github.com/hocsau/hocsau/graph: internal/atomicfile may import no package of ours"},
		},
		{
			name:  "more_specific_row",
			files: map[string]string{"solvers/sgd.go": importing(module + "/zoo"), "solvers/train/loop.go": importing(module + "/zoo")},
			want:  []string{"solvers/sgd.go:3: "},
		},
		{
			name:  "unknown_package",
			files: map[string]string{"speech/a.go": importing(module + "/graph")},
			want:  []string{"speech/a.go:3: import github.com/hocsau/hocsau/graph: the table of import directions has no row for speech"},
		},
		{
			name:  "gorgonia",
			files: map[string]string{"losses/a.go": importing("gorgonia.org/gorgonia"), "graph/nn/a.go": importing("gorgonia.org/tensor"), "solvers/train/a.go": importing("gorgonia.org/tensor")},
			want:  []string{"losses/a.go:3: import gorgonia.org/gorgonia: expected only in graph/..., solvers", "solvers/train/a.go:3: "},
		},
		{
			name:  "tests_may",
			files: map[string]string{"losses/a_test.go": importing("gorgonia.org/gorgonia"), "graph/b_test.go": importing(module + "/solvers/train")},
		},
		{
			name:  "cgo",
			files: map[string]string{"graph/c_test.go": importing("C")},
			want:  []string{"graph/c_test.go:3: import C: cgo"},
		},
		{
			name:  "rejected_module",
			files: map[string]string{"datasets/get.go": importing("github.com/hashicorp/go-getter/v2")},
			want:  []string{"datasets/get.go:3: import github.com/hashicorp/go-getter/v2: a module that"},
		},
	})
}

func TestImports_longestRowCounts(t *testing.T) {
	for dir, want := range map[string]int{"solvers": 3, "solvers/train": 12, "zoo/decode": 2, "internal/kernels/vec": 1} {
		got, ok := permission(dir)
		if !ok || len(got) != want {
			t.Errorf("permission(%q) = %v, %t, want %d names", dir, got, ok, want)
		}
	}
}

// require matches a line of go.mod that requires a module.
var require = regexp.MustCompile(`(?m)^(?:require )?\s*([^\s/]+\.[^\s]+) (v[^\s]+)`)

// notice matches a line of NOTICE that names a module.
var notice = regexp.MustCompile(`(?m)^\s*([^\s/]+\.[^\s]+) (v[^\s]+)\s+\S`)

// thirdParty finds modules that code imports and NOTICE does not name, and
// lines of NOTICE that go.mod contradicts.
func thirdParty(t *tree) []string {
	required, noted := versions(require, t.mods), versions(notice, t.notes)
	imported := map[string]bool{}
	for _, f := range t.files {
		for _, spec := range f.ast.Imports {
			for m := range required {
				if within(strings.Trim(spec.Path.Value, "`\""), m+"/...") {
					imported[m] = true
				}
			}
		}
	}
	var found []string
	for m := range imported {
		if noted[m] == "" {
			found = append(found, fmt.Sprintf("NOTICE: %s is missing, expected with its licence: the code imports it", m))
		}
	}
	for m, v := range noted {
		if required[m] != v {
			found = append(found, fmt.Sprintf("NOTICE: %s %s: go.mod has %q", m, v, required[m]))
		}
	}
	slices.Sort(found)
	return found
}

// versions returns the version of each module that the lines of src name.
func versions(line *regexp.Regexp, src []byte) map[string]string {
	v := map[string]string{}
	for _, m := range line.FindAllSubmatch(src, -1) {
		v[string(m[1])] = string(m[2])
	}
	return v
}

func TestNotice_namesWhatIsImported(t *testing.T) {
	const mods = "module " + module + "\n\nrequire (\n\tgithub.com/pkg/errors v0.9.1\n\tgonum.org/v1/plot v0.17.0 // indirect\n)\n"
	check(t, thirdParty, []sample{
		{
			name:  "missing",
			files: map[string]string{"go.mod": mods, "graph/a.go": "package graph\n\nimport _ \"github.com/pkg/errors\"\n"},
			want:  []string{"NOTICE: github.com/pkg/errors is missing"},
		},
		{
			name:  "another_version",
			files: map[string]string{"go.mod": mods, "NOTICE": "  gonum.org/v1/plot v0.16.0  BSD-3-Clause\n  github.com/spf13/cobra v1.0.0  Apache-2.0\n"},
			want:  []string{"NOTICE: github.com/spf13/cobra v1.0.0: go.mod has \"\"", "NOTICE: gonum.org/v1/plot v0.16.0: go.mod has \"v0.17.0\""},
		},
		{
			name:  "named",
			files: map[string]string{"go.mod": mods, "NOTICE": "  github.com/pkg/errors v0.9.1  BSD-2-Clause\n", "graph/a.go": "package graph\n\nimport _ \"github.com/pkg/errors\"\n"},
		},
	})
}
