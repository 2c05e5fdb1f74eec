package parallel_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/datasets/parallel"
)

func Example() {
	dir, err := os.MkdirTemp("", "parallel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "pairs.tsv")
	if err := os.WriteFile(path, []byte("Xin chào.\tHello.\n\nTôi đói.\tI am hungry.\n"), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	pairs, err := parallel.ReadTSV(path, 0, 1)
	for _, p := range pairs {
		fmt.Println(p.Source, "→", p.Target)
	}
	fmt.Println(err)
	// Output:
	// Xin chào. → Hello.
	// Tôi đói. → I am hungry.
	// <nil>
}
