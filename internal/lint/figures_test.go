package lint

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	tableRow = regexp.MustCompile(`(?m)^\| ([a-z0-9-]+) \| .*$`)
	number   = regexp.MustCompile(`[0-9]+(?:[.,][0-9]+)*`)
)

// staleFigures finds numbers in the table of models of README.vi.md that neither
// README.md nor docs/models.md has for the same model. The figures are measured
// once, for docs/models.md.
func staleFigures(t *tree) []string {
	known := map[string][]string{}
	var rows [][]string
	for _, x := range t.texts {
		for _, row := range tableRow.FindAllStringSubmatch(string(x.src), -1) {
			switch x.path {
			case "README.md", "docs/models.md":
				for _, n := range number.FindAllString(row[0], -1) {
					known[row[1]] = append(known[row[1]], strings.ReplaceAll(n, ",", ""))
				}
			case "README.vi.md":
				rows = append(rows, row)
			}
		}
	}
	var found []string
	swap := strings.NewReplacer(".", "", ",", ".")
	for _, row := range rows {
		for _, n := range number.FindAllString(row[0], -1) {
			if !slices.Contains(known[row[1]], swap.Replace(n)) {
				found = append(found, "README.vi.md: "+row[1]+": "+n+" is neither in README.md nor in docs/models.md")
			}
		}
	}
	return found
}

func TestDocuments_figuresAgree(t *testing.T) {
	check(t, staleFigures, []sample{
		{
			name: "stale",
			files: map[string]string{
				"README.md":    "| lenet | 61,706 | 0.990 | 86,500 images/s |\n",
				"README.vi.md": "| lenet | 61.706 | 0,990 | 82.100 ảnh/giây |\n",
			},
			want: []string{"README.vi.md: lenet: 82.100 is neither in README.md nor in docs/models.md"},
		},
	})
}
