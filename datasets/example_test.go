package datasets_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets"
)

func ExampleLoader() {
	points, err := datasets.NewInMemory([]int{1}, []string{"small", "large"},
		[]float32{1, 2, 3, 40, 50}, []int{0, 0, 0, 1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	l := datasets.NewLoader(points, datasets.LoaderOptions{Batch: 2, Seed: 1})
	defer l.Close()
	for l.Next() {
		b := l.Batch()
		fmt.Println(b.X, b.Y)
	}
	fmt.Println(l.Err())
	// Output:
	// [1 40] [0 1]
	// [2 3] [0 0]
	// [50] [1]
	// <nil>
}

func ExampleNormalized() {
	points, err := datasets.NewInMemory([]int{1}, nil, []float32{1, 2, 3}, []int{0, 0, 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	mean, std, err := datasets.Stats(points)
	if err != nil {
		fmt.Println(err)
		return
	}
	scaled, err := datasets.Normalized(points, mean, std)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 1)
	for i := range scaled.Len() {
		if _, err := scaled.At(i, x); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.3f\n", x[0])
	}
	// Output:
	// -1.225
	// 0.000
	// 1.225
}
