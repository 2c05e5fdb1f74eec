//go:build ignore

package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/cmd/internal/edition"
)

// main writes the edition of all notebooks of a folder: gen.go FOLDER LANGUAGE.
func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatalf("gen.go: got %d arguments, expected FOLDER LANGUAGE", len(os.Args)-1)
	}
	folder := os.Args[1]
	translated, err := edition.Folder(folder, os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range translated {
		if err := os.WriteFile(filepath.Join(folder, os.Args[2], name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
