//go:build !race

package recurrent_test

// raceDetector tells whether the tests run under the race detector.
const raceDetector = false
