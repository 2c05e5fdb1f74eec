// Package run drives the models of the command in their common way: settings, run
// folders, training, evaluation, prediction.
//
// An area of models is a package beside this one (classify, detect, …) that
// makes an [Area]: its models by name, its own commands, its own flags of train,
// eval and predict. A [Model] says how its data and its task are opened as a
// [Job]; what then happens is the same for all of them:
//
//	train MODEL   settings → folder of the run → Model.Open → train.Loop → Job.Test
//	eval RUN      settings of the run → Model.Open → weights → Job.Test
//	predict RUN   Model.Predict
//
// A model with an unusual loop, such as a GAN, has Model.Train beside Open.
package run
