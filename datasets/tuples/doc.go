// Package tuples draws pairs, triplets or balanced batches of examples by their labels.
//
//	s, err := tuples.New(labels, 1)
//	a, b, same, err := s.Pairs(64, step)      // every second pair of one person
//	a, p, n, err := s.Triplets(64, step)      // anchor, positive, negative
//	batch, err := s.Batch(10, 5, step)        // 5 pictures of each of 10 people
//
// What is drawn are indices; it follows from the seed and the step alone. Each
// person is as likely as any other, however many pictures there are. A person
// with one picture has no other to be paired with: it occurs as the one who is
// different, and in a batch its picture is repeated.
package tuples
