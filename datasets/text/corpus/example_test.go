package corpus_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/corpus"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("The cat sleeps.\nThe dog barks.\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	c, err := corpus.Open(dir, corpus.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := c.Vocabulary(context.Background(), text.VocabularyOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Tokens())
	// Output: [the barks cat dog sleeps]
}
