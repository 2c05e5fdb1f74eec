package atomicfile_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "atomicfile")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "note.txt")
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "whole or not at all")
		return err
	})
	text, _ := os.ReadFile(path)
	fmt.Println(string(text), err)
	// Output: whole or not at all <nil>
}
