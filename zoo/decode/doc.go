// Package decode turns a model's outputs into answers: sentences, boxes.
//
// A language model, a translator, a captioner is a [Model]: a function that
// makes one step for many hypotheses at once. [Greedy] takes its best word,
// [Sample] draws one, [Beam] keeps the best B hypotheses:
//
//	found, err := decode.Beam(model, sentences, decode.BeamOptions{Width: 5, Alpha: 0.7, NBest: 1})
//	fmt.Println(found[0][0].Words, found[0][0].LogProb)
//
// [Score] gives log P(y|x) of a given sentence, with which [Analyse] says whether
// the search or the model is to blame for a bad one.
//
// A [Head] turns the raw outputs of a YOLO network into detections, of which
// [Suppress] keeps the best of each object.
//
// Models are in the package zoo, measures of the answers in metrics.
package decode
