package lint

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// goBlock is a block of Go code in a document.
var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// documentCode finds Go code in documents that is in no Go file of the
// repository: only what is compiled, and run where it is a test or an example, is
// shown. Indentation does not count.
func documentCode(t *tree) []string {
	var sources strings.Builder
	for _, f := range t.files {
		sources.WriteString(dedent(string(f.src)))
	}
	all := sources.String()
	var found []string
	for _, x := range t.texts {
		if path.Ext(x.path) != ".md" {
			continue
		}
		for _, b := range goBlock.FindAllStringSubmatch(string(x.src), -1) {
			if !strings.Contains(all, dedent(b[1])) {
				first, _, _ := strings.Cut(b[1], "\n")
				found = append(found, x.path+": Go code that is in no source file, from: "+first)
			}
		}
	}
	return found
}

// dedent drops the white space at the beginning of each line.
func dedent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimLeft(l, " \t")
	}
	return strings.Join(lines, "\n")
}

func TestDocuments_codeIsOurs(t *testing.T) {
	check(t, documentCode, []sample{
		{
			name: "changed",
			files: map[string]string{
				"a.go":      "package a\n\nfunc F() {\n\tif true {\n\t\tG(1)\n\t}\n}\n",
				"README.md": "```go\nG(1)\n```\n\n```go\nG(2)\n```\n",
			},
			want: []string{"README.md: Go code that is in no source file, from: G(2)"},
		},
	})
}
