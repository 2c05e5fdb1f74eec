package catalog_test

import (
	"fmt"

	"github.com/hocsau/hocsau/zoo/catalog"
)

func Example() {
	e, err := catalog.Zoo().Lookup("resnet20")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range e.Form() {
		fmt.Printf("%s: %s\n", s.Name, s.Type)
	}
	r := e.RecipeFor("cifar10")
	fmt.Println(r.Epochs, r.Batch, r.Solver, r.Rate, r.Set["schedule"])
	// Output:
	// shortcut: one of A, B
	// batch_norm: true or false
	// dropout: number from 0 to below 1
	// 24 64 nesterov 0.1 onecycle
}
