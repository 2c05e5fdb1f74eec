package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// examples finds packages for users that show no example whose output is
// checked.
func examples(t *tree) []string {
	shown := map[string]bool{}
	for _, f := range t.files {
		if f.ast.Name.Name == "main" || f.dir == "internal" || strings.HasPrefix(f.dir+"/", "internal/") || strings.HasPrefix(f.dir, "cmd/") {
			continue
		}
		src := string(f.src)
		has := f.test && strings.Contains(src, "\nfunc Example") && (strings.Contains(src, "// Output:") || strings.Contains(src, "// Unordered output:"))
		shown[f.dir] = shown[f.dir] || has
	}
	var found []string
	for dir, has := range shown {
		if !has {
			found = append(found, fmt.Sprintf("%s: no example with an output, expected an example_test.go", dir))
		}
	}
	slices.Sort(found)
	return found
}

func TestExamples_everyPackage(t *testing.T) {
	check(t, examples, []sample{
		{
			name: "none",
			files: map[string]string{
				"graph/a.go":         "package graph\n",
				"graph/a_test.go":    "package graph\n\nfunc Example() {}\n",
				"losses/a_test.go":   "package losses\n\nfunc Example() {\n\t// Output: 1\n}\n",
				"internal/gemm/a.go": "package gemm\n",
				"cmd/hocsau/main.go": "package main\n",
			},
			want: []string{"graph: no example with an output"},
		},
	})
}
