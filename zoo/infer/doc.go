// Package infer uses trained models.
//
//	m, err := infer.Open("runs/resnet20-1", infer.Opts{})
//	if err != nil {
//		return err
//	}
//	defer m.Close()
//	c, err := m.Classifier()
//	if err != nil {
//		return err
//	}
//	guesses, err := c.ClassifyFile(ctx, "cat.jpg", 3)
//
// Open takes the folder of a run, one of its checkpoints, or a file of published
// weights with the name of its model. What the model's card says decides how an
// input is made and what an output means, as in training.
//
// Models and what they return may be used by many goroutines at once. A model
// computes for one of them at a time, with all its threads; others wait, as long
// as their context lets them. Answers share no memory with the model.
package infer
