package metrics

import (
	"math"

	"github.com/pkg/errors"
)

// OneShot returns the accuracy of N-way one-shot recognition: the share of
// queries [Q, dim] of which the nearest of the embeddings shown [N, dim], one a
// class, is that of their label. Of equally near ones the first counts.
//
// Source: cheatsheet §1.6.1 (one-shot learning).
func OneShot(shown, queries []float64, dim int, labels []int) (float64, error) {
	const what = "one-shot accuracy"
	n, err := rows(what, shown, dim)
	if err != nil {
		return 0, err
	}
	if _, err := labelled(what, queries, dim, labels); err != nil {
		return 0, err
	}
	for i, label := range labels {
		if label < 0 || label >= n {
			return 0, errors.Errorf("%s: label %d of query %d, expected 0 to %d", what, label, i, n-1)
		}
	}
	_, nearest, err := Identify(shown, queries, dim, math.Inf(1))
	if err != nil {
		return 0, err
	}
	return Accuracy(nearest, labels)
}

// OneShotRounds returns the mean of [OneShot] over rounds: round r shows the r-th
// example of each label of embeddings [N, dim] and asks for all others. There are
// as many rounds as the rarest label has examples.
func OneShotRounds(embeddings []float64, dim int, labels []int) (float64, error) {
	const what = "one-shot accuracy"
	n, err := labelled(what, embeddings, dim, labels)
	if err != nil {
		return 0, err
	}
	var classes [][]int // the examples of each label
	class := map[int]int{}
	for i, label := range labels {
		k, ok := class[label]
		if !ok {
			k = len(classes)
			class[label] = k
			classes = append(classes, nil)
		}
		classes[k] = append(classes[k], i)
	}
	rounds := n
	for _, examples := range classes {
		rounds = min(rounds, len(examples))
	}
	if n == len(classes) {
		return 0, errors.Errorf("%s: one example of each of %d labels, expected one to show and others to ask for", what, n)
	}
	var mean Mean
	for r := range rounds {
		var shown, queries []float64
		var answers []int
		for k, examples := range classes {
			for place, i := range examples {
				row := embeddings[i*dim : (i+1)*dim]
				if place == r {
					shown = append(shown, row...)
				} else {
					queries, answers = append(queries, row...), append(answers, k)
				}
			}
		}
		accuracy, err := OneShot(shown, queries, dim, answers)
		if err != nil {
			return 0, err
		}
		mean.Add(accuracy, 1)
	}
	return mean.Value(), nil
}
