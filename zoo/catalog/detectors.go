package catalog

import (
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/card"
)

// Regions says how a detector looks at regions of a picture.
type Regions int

// The ways of Regions.
const (
	NoRegions Regions = iota // it gives boxes in one pass, as YOLO does
	Warped                   // R-CNN: each proposed region goes through the network
	Pooled                   // Fast R-CNN: regions are pooled from the maps of a picture
	Proposed                 // Faster R-CNN: a network proposes the regions, too
)

// detectors are the networks that say where things are.
func detectors() []Entry {
	many := []string{"shapes", "bccd", "voc", "coco", "folder"}
	one := []string{"shapes", "folder"}
	set := func() map[string]string { return map[string]string{"schedule": "warmupcosine", "clip": "20"} }
	// elsewhere is how a detector is trained on photographs.
	elsewhere := func(epochs int) map[string]Recipe {
		blood := set()
		blood["schedule_every"] = "3" // 100 steps
		return map[string]Recipe{
			"bccd":   {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: blood},
			"voc":    {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			"coco":   {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			"folder": {Epochs: epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
		}
	}
	list := []Entry{
		{
			Name: "localiser", About: "classification with localisation: one box", Task: card.Locate, Data: one, Shape: []int{3, 64, 64},
			Recipe: Recipe{Epochs: 10, Batch: 32, Solver: "adam", Rate: 2e-3, Set: set()},
			Layer: plain(func(s graph.Scope, c *card.Card) nn.Layer {
				return zoo.NewLocaliser(s, c.Input.Shape[1], c.Input.Shape[2], len(c.Classes))
			}),
		},
		{
			Name: "landmarks", About: "landmark detection: key points of one object", Task: card.Landmarks, Data: one, Shape: []int{3, 64, 64},
			Recipe: Recipe{Epochs: 12, Batch: 32, Solver: "adam", Rate: 2e-3, Set: set()},
			Layer: plain(func(s graph.Scope, c *card.Card) nn.Layer {
				return zoo.NewLandmarks(s, c.Input.Shape[1], c.Input.Shape[2], c.Points)
			}),
		},
		{
			Name: "yolo", About: "YOLO, small: boxes from a grid in one pass", Task: card.Detect, Data: many, Shape: []int{3, 96, 96},
			Recipe:  Recipe{Epochs: 12, Batch: 16, Solver: "adam", Rate: 1e-3, Set: set()},
			Recipes: elsewhere(50),
			Layer: plain(func(s graph.Scope, c *card.Card) nn.Layer {
				return zoo.NewSmallYOLO(s, len(c.Anchors), len(c.Classes))
			}),
		},
	}
	for _, r := range []struct {
		name, about        string
		regions            Regions
		epochs, elsewheres int
	}{
		{"rcnn", "R-CNN: each proposed region goes through a network", Warped, 6, 20},
		{"fast-rcnn", "Fast R-CNN: regions pooled from the maps of a picture", Pooled, 6, 20},
		{"faster-rcnn", "Faster R-CNN: a network proposes the regions, too", Proposed, 8, 30},
	} {
		list = append(list, Entry{
			Name: r.name, About: r.about, Task: card.Detect, Data: many, Shape: []int{3, 96, 96}, Regions: r.regions,
			Recipe:  Recipe{Epochs: r.epochs, Batch: 8, Solver: "adam", Rate: 1e-3, Set: set()},
			Recipes: elsewhere(r.elsewheres),
		})
	}
	for i := range list {
		list[i].Section = "1.6"
	}
	return list
}
