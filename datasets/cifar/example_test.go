package cifar_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/datasets/cifar"
)

func Example() {
	dir, err := os.MkdirTemp("", "cifar")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	picture := make([]byte, 1+3*32*32)
	picture[0] = 3
	if err := os.WriteFile(filepath.Join(dir, "data_batch_1.bin"), picture, 0o600); err != nil {
		fmt.Println(err)
		return
	}
	s, err := cifar.Open(dir, cifar.Train)
	if err != nil {
		fmt.Println(err)
		return
	}
	label, err := s.At(0, make([]float32, 3*32*32))
	fmt.Println(s.Len(), s.Classes()[label], err)
	// Output: 1 cat <nil>
}
