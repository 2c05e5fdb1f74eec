// Package train has the training loop.
//
// A [Task] is a model with its data. A [Loop] takes it through the epochs,
// saves it to a run's [Folder] and goes on from there bit for bit:
//
//	loop := &train.Loop{Task: task, Solver: solvers.NewAdam(1e-3), Epochs: 10}
//	for loop.Next(ctx) {
//		fmt.Println(loop.Epoch())
//	}
//	return loop.Err()
//
// [NewClassifier] makes the task of a classifier, [NewTranslation] that of a
// translator, whose [Translator] then writes sentences, [NewCaptions] that of
// one who describes pictures. Models with an unusual loop
// have it written out in a function of this package.
package train
