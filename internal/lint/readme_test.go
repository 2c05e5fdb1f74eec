package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The Go code in the README is code of the repository, word for word.
func TestReadme_codeIsOurs(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources := ""
	for _, path := range []string{"docs/examples/lenet/main.go", "zoo/lenet.go"} {
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		sources += string(b)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Fatal("README.md has no Go code")
	}
	for _, b := range blocks {
		if !strings.Contains(sources, b[1]) {
			t.Errorf("README.md has code that is in no source file:\n%s", b[1])
		}
	}
}
