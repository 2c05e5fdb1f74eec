// Package catalog has every model by name: how its network is built from a card,
// which settings it has, how it is trained where nothing else is said, which
// published weights are known.
//
//	models := catalog.Zoo()
//	e, err := models.Lookup("resnet20")
//	…
//	c := card.New("resnet20", card.Classify, "cifar10")
//	c.Input, c.Classes = e.Input(), names
//	build, err := e.Classifier(c) // func(graph.Scope) nn.Layer
//
// A catalog is a value: a program adds models of its own with Add.
package catalog
