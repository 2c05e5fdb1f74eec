package catalog

import (
	"maps"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/card"
)

// embedders are the networks that tell by distance whether pictures show the same.
func embedders() []Entry {
	drawn := map[string]string{"loss": "logistic"} // of many characters most are far apart soon
	return []Entry{
		embedder("siamese", "one network for both pictures of a pair", map[string]string{"margin": "1"}, drawn),
		embedder("triplet", "embeddings by triplet loss with mining", map[string]string{"mining": "all", "margin": "0.2"}, nil),
	}
}

// embedder is an Entry with settings of its own, and more of them for drawn
// characters.
func embedder(name, about string, own, drawn map[string]string) Entry {
	recipe := func(epochs, batch int, more map[string]string) Recipe {
		set := map[string]string{"schedule": "cosine"}
		maps.Copy(set, own)
		maps.Copy(set, more)
		return Recipe{Epochs: epochs, Batch: batch, Solver: "adam", Rate: 1e-3, Set: set}
	}
	people := recipe(15, 50, map[string]string{"pictures": "5"})
	return Entry{
		Name: name, About: about, Section: "1.6.1", Task: card.Embed, Data: []string{"digits", "orl", "omniglot", "folder"},
		Shape:   []int{1, 28, 28},
		Recipe:  recipe(3, 64, nil),
		Recipes: map[string]Recipe{"orl": people, "omniglot": recipe(20, 64, drawn), "folder": people},
		// What tells by distances in training is not used later.
		Unused: "similarity",
		Layer: func() (Form, func(s graph.Scope, c *card.Card) nn.Layer) {
			dim, network, mirror := 64, "characters", false
			f := Form{
				Int("dim", &dim, 1, "numbers of an embedding"),
				Choice("network", &network, []string{"characters", "faces"}, "what the layers are made for; the data set decides"),
				Bool("mirror", &mirror, "a picture's mirror image counts as well; true for faces"),
			}
			return f, func(s graph.Scope, c *card.Card) nn.Layer {
				if network == "faces" {
					return zoo.NewSiamese(zoo.NewFaceEmbedding(s, c.Input.Shape, dim), zoo.SiameseOpts{})
				}
				return zoo.NewSiamese(zoo.NewOmniglotEmbedding(s, c.Input.Shape, dim), zoo.SiameseOpts{})
			}
		},
	}
}
