//go:build !race

package rnn

// raceDetector tells whether the tests run under the race detector.
const raceDetector = false
