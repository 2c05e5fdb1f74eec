package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
)

// A layer is saved; another store, with other random values, then loads it.
func Example() {
	dir, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "fc.safetensors")

	layer := func(seed uint64) *graph.Store {
		store := graph.NewStore(graph.Float32, seed)
		nn.NewLinear(graph.New(store, graph.Eval).Scope().At("fc"), 3, 2)
		return store
	}
	saved, loaded := layer(1), layer(2)
	if err := checkpoint.Save(path, saved, map[string]string{"model": "one layer"}); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := checkpoint.Load(path, loaded, checkpoint.Opts{}); err != nil {
		fmt.Println(err)
		return
	}
	for i, p := range loaded.Params() {
		same := fmt.Sprint(p.Values()) == fmt.Sprint(saved.Params()[i].Values())
		fmt.Println(p.Name(), p.Shape(), same)
	}
	// Output:
	// fc.weight [2 3] true
	// fc.bias [2] true
}
