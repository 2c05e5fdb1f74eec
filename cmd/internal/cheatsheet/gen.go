//go:build ignore

package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/cmd/internal/cheatsheet"
)

// main writes the table as Markdown into the folder of its argument.
func main() {
	for name, lang := range map[string]cheatsheet.Lang{"cheatsheet.md": cheatsheet.English, "cheatsheet.vi.md": cheatsheet.Vietnamese} {
		page, err := cheatsheet.Page(lang)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(os.Args[1], name), page, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}
