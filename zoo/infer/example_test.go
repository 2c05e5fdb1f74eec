package infer_test

import (
	"context"
	"fmt"
	"image"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// A model of a run is opened by infer.Open; here one that knows nothing yet.
func ExampleClassifier() {
	models := catalog.Zoo()
	e, err := models.Lookup("lenet")
	if err != nil {
		fmt.Println(err)
		return
	}
	c := card.New("lenet", card.Classify, "")
	c.Input, c.Classes = e.Input(), []string{"cat", "dog"}
	m, err := infer.New(models, c, graph.NewStore(graph.Float32, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	user, err := m.Classifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := user.Classify(context.Background(), image.NewGray(image.Rect(0, 0, 640, 480)), 2)
	fmt.Println(len(answer.Guesses), answer.Guesses[0].Probability >= 0.5, err)
	// Output: 2 true <nil>
}
