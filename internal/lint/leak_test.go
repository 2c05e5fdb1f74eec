package lint

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// leaks finds packages whose tests do not look for goroutines left behind.
func leaks(t *tree) []string {
	looks := map[string]bool{}
	for _, f := range t.files {
		if f.test {
			looks[f.dir] = looks[f.dir] || bytes.Contains(f.src, []byte("goleak.VerifyTestMain("))
		}
	}
	var found []string
	for _, dir := range slices.Sorted(maps.Keys(looks)) {
		if !looks[dir] {
			found = append(found, fmt.Sprintf("%s: no test looks for goroutines left behind, expected func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }", dir))
		}
	}
	return found
}

func TestLeaks_areLookedFor(t *testing.T) {
	const looking = "package a\n\nfunc TestMain(m *testing.M) { goleak.VerifyTestMain(m) }\n"
	check(t, leaks, []sample{
		{
			name:  "none",
			files: map[string]string{"plot/a.go": "package a\n", "plot/a_test.go": "package a\n", "zoo/a.go": "package a\n"},
			want:  []string{"plot: no test looks for goroutines"},
		},
		{
			name:  "one_of_two_files",
			files: map[string]string{"plot/a_test.go": "package a\n", "plot/main_test.go": looking},
		},
	})
}
