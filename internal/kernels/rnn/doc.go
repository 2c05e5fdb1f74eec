// Package rnn computes recurrent layers over whole sequences.
//
// [Forward] takes the products of all inputs in one matrix product and then,
// step by step, one product with the last state and one fused pass over the
// gates; [Backward] walks back once and leaves the gradient of the gates of
// all steps, of which [InputGradient], [InputWeightGradient],
// [HiddenWeightGradient] and [BiasGradient] each make one large product.
//
//	l := rnn.Layer{Cell: rnn.LSTM, Steps: 35, Batch: 20, In: 200, Hidden: 200, Pitch: 200}
//	rnn.Forward(pool, &l, &weights, x, nil, nil, nil, &trace)
//
// The samples of a batch never meet, so each thread takes its share of them
// through all steps without waiting for the others. Functions run on float32
// and float64 and allocate nothing once warm; float32 on amd64 with AVX2 and
// FMA and on arm64 uses generated assembly (internal/kernels/gen/rnn), whose sigmoid and
// tanh are within 4 ulp. Lengths of slices are checked: a slice that is too
// short is a panic.
package rnn

//go:generate go -C ../gen run ./rnn -out ../rnn/rnn_amd64.s -stubs ../rnn/stubs_amd64.go -pkg rnn
//go:generate go -C ../gen run ./neon -in ../rnn/rnn_amd64.s -out ../rnn/rnn_arm64.s -stubs ../rnn/stubs_arm64.go -pkg rnn
