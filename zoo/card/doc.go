// Package card has what a trained model says of itself: which network it is, how
// a picture or a text becomes its input, what its outputs mean.
//
// A card is saved with every checkpoint, as JSON. Training makes its inputs by
// the same methods as those who use the model later, so there is one way from a
// file to a tensor:
//
//	c, dir, err := card.Read("runs/resnet20-1")
//	…
//	x, err := c.Input.Prepare(picture) // [C·H·W]
//
// Package catalog builds the network that a card names, package infer uses it.
package card
