// Package tensorboard writes event files that TensorBoard shows.
//
//	w, err := tensorboard.Create("runs/lenet-1", time.Now)
//	if err != nil {
//		return err
//	}
//	defer w.Close()
//	err = w.Scalar("val_accuracy", step, 0.98)
//
// A file is a sequence of records, each with checksums of its length and its
// data, which is an Event message in protocol buffers' wire format. [Cut] drops
// what came after a step, for a run that is taken up at an earlier checkpoint.
//
// The loop of solvers/train writes the metrics of a run with it; the same run
// folder serves as the log directory: tensorboard --logdir runs.
//
// Source: the comments in TensorFlow's record_writer.h, event.proto and
// summary.proto.
package tensorboard
